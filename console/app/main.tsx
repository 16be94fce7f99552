import { render } from "preact";
import "../../web_widget/look/tokens.css";
import "./look/base.css";
import "./look/controls.css";
import "./look/floating.css";
import "./look/shell.css";
import { App } from "./app.tsx";
import { resume } from "./session.ts";
import { speak } from "./texts.ts";
import { dress } from "./theme.ts";

dress();
void speak(navigator.language || "en");
void resume();
const root = document.createElement("div");
root.id = "console";
document.body.replaceChildren(root);
render(<App />, root);
