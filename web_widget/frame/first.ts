import "../look/tokens.css";
import "./frame.css";
import "./thread.css";
import "./dock.css";
import { dial } from "../wire/dial.ts";

const sentences = import.meta.glob("../texts/*.json");

// the longest way is to the desk and back: it begins before the program is here
const dialled = dial(location.origin);
// a guess at the language, which is right for most and costs others one small file
const guessed = sentences[`../texts/${navigator.language.slice(0, 2)}.json`];
guessed?.().catch(() => null);
// not awaited: the program's file imports from this one's, and would wait for it in turn
void import("./main.tsx").then(({ begin }) => begin(dialled));
