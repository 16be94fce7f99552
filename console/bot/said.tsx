import { useEffect, useState } from "preact/hooks";
import type { TextNode } from "../../web_widget/wire/types.ts";
import { Nodes } from "../admin/nodes.tsx";
import { post } from "../app/http.ts";

/** What the bot would say, drawn as the widget draws it. */
export function Said({ text, choices }: { text: string; choices: readonly { value: string; title: string }[] }) {
  const [nodes, setNodes] = useState<readonly TextNode[]>();
  useEffect(() => {
    const stop = new AbortController();
    setNodes(undefined);
    post<{ nodes: TextNode[] }>("/articles/preview", { text }, { signal: stop.signal }).then(
      (answer) => setNodes(answer.nodes),
      // its bare text stands there already
      () => {},
    );
    return () => stop.abort();
  }, [text]);
  return (
    <div class="tried-said">
      <div class="preview-answer prose">
        {nodes ? (
          <Nodes nodes={nodes} />
        ) : (
          <p class="as-written" dir="auto">
            {text}
          </p>
        )}
      </div>
      {choices.length > 0 && (
        <ul class="tried-choices">
          {choices.map((one) => (
            <li key={one.value} dir="auto">
              {one.title}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
