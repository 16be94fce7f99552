import { render } from "preact";
import "../look/tokens.css";

render(<main />, document.body);
