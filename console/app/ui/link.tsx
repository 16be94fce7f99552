import type { ComponentChildren, HTMLAttributes } from "preact";
import { go, href } from "../router.ts";

/** A link within the console: `to` is a path below /console/. A click with a key held opens as the browser does. */
export function Link({
  to,
  children,
  ...rest
}: { to: string; children: ComponentChildren } & Omit<HTMLAttributes<HTMLAnchorElement>, "role">) {
  return (
    <a
      {...rest}
      href={href(to)}
      onClick={(event) => {
        rest.onClick?.(event);
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
