import { useEffect, useErrorBoundary, useState } from "preact/hooks";
import { at } from "./router.ts";
import { bring, exists, ready } from "./screens.ts";
import { t } from "./texts.ts";
import { Button, Empty, Link, Loading, Problem } from "./ui/index.ts";

/** The screen of a name: loaded when first gone to; its failures stay its own. */
export function Stage({ name }: { name: string }) {
  const [failed, setFailed] = useState<string | null>(null);
  const [, redraw] = useState(0);
  const Screen = ready(name);
  useEffect(() => {
    if (ready(name) || !exists(name)) return;
    let wanted = true;
    bring(name).then(
      () => wanted && redraw((count) => count + 1),
      () => wanted && setFailed(name),
    );
    return () => {
      wanted = false;
    };
  }, [name, failed]);
  if (!exists(name)) {
    return (
      <Empty level={1} icon="help" title={t("app.no_screen")} action={<Link to="desk">{t("app.to_desk")}</Link>} />
    );
  }
  if (failed === name) return <Problem text={t("app.screen_failed")} retry={() => setFailed(null)} />;
  if (!Screen) return <Loading />;
  const { parts, query, hash } = at.value;
  return (
    <Held key={name}>
      <Screen rest={parts.slice(1)} query={query} hash={hash} />
    </Held>
  );
}

function Held({ children }: { children: preact.ComponentChildren }) {
  const [error, reset] = useErrorBoundary();
  if (!error) return <>{children}</>;
  return (
    <Empty
      level={1}
      icon="warn"
      title={t("app.screen_broke")}
      action={<Button onClick={reset}>{t("app.try_again")}</Button>}
    />
  );
}
