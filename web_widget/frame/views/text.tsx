import { t } from "../state/words.ts";

const LINK = /(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]}]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/g;

/** A text as it was written, with its addresses as links. */
export function Text({ text }: { text: string }) {
  return (
    <>
      {text.split(LINK).map((part, place) =>
        place % 2 ? (
          <Link key={place} href={part.includes("://") ? part : `mailto:${part}`}>
            {part}
          </Link>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** A link that leaves the chat open; one whose address is of no kind we know is only its text. */
export function Link({
  href,
  children,
  className,
}: {
  href: string;
  children: preact.ComponentChildren;
  className?: string;
}) {
  if (!isSafe(href)) return <>{children}</>;
  return (
    <a href={href} class={className} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      <span class="only-heard"> ({t("answer.new_window")})</span>
    </a>
  );
}

export function isSafe(href: string): boolean {
  try {
    return ["https:", "http:", "mailto:", "tel:"].includes(new URL(href, location.href).protocol);
  } catch {
    return false;
  }
}
