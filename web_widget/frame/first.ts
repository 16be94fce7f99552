import "../look/tokens.css";
import "./frame.css";
import { dial } from "../wire/dial.ts";

// the longest way is to the desk and back: it begins before the program is here
const dialled = dial(location.origin);
const { begin } = await import("./main.tsx");
void begin(dialled);
