import { useEffect } from "preact/hooks";
import { LogIn } from "./login.tsx";
import { at, go } from "./router.ts";
import { OPEN } from "./screens.ts";
import { resume, session } from "./session.ts";
import { Shell } from "./shell.tsx";
import { Stage } from "./stage.tsx";
import { t } from "./texts.ts";
import { Loading, Problem, Toasts } from "./ui/index.ts";

/** The console: a screen that a link opens, the log-in, or the shell around a screen. */
export function App() {
  const name = at.value.parts[0] ?? "";
  return (
    <>
      {OPEN.has(name) ? <Opened name={name} /> : <Inside name={name} />}
      <Toasts />
    </>
  );
}

function Opened({ name }: { name: string }) {
  return (
    <main class="opened">
      <Stage name={name} />
    </main>
  );
}

function Inside({ name }: { name: string }) {
  useEffect(() => {
    if (session.value === "in" && name === "") go("desk", { replace: true });
  }, [name, session.value]);
  switch (session.value) {
    case "in":
      return <Shell name={name} />;
    case "out":
      return <LogIn />;
    case "unreachable":
      return (
        <main class="opened">
          <Problem text={t("app.unreachable")} retry={() => void resume()} />
        </main>
      );
    case "unknown":
      return (
        <main class="opened">
          <Loading />
        </main>
      );
  }
}
