import "../look/tokens.css";
import "./frame.css";
import { dial } from "../wire/dial.ts";

// the longest way is to the desk and back: it begins before the program is here
const dialled = dial(location.origin);
// not awaited: the program's file imports from this one's, and would wait for it in turn
void import("./main.tsx").then(({ begin }) => begin(dialled));
