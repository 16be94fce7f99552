import { render } from "preact";
import "../../web_widget/look/tokens.css";

render(<main />, document.body);
