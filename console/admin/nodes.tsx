// An answer's text as the server has parsed it: a tree of nodes, drawn as elements and never as HTML.
import type { ComponentChildren } from "preact";
import type { TextNode } from "../../web_widget/wire/types.ts";

const SAFE_LINK = /^(https?:|mailto:)/i;
const OWN_IMAGE = /^\/api\/v1\/article-images\//;
const HEADINGS = ["h3", "h3", "h4", "h5", "h6"] as const;

type Drawn = TextNode & { ordered?: boolean };

export function Nodes({ nodes }: { nodes: readonly TextNode[] }) {
  return <>{nodes.map(drawn)}</>;
}

function drawn(node: Drawn, key: number): ComponentChildren {
  const inside: ComponentChildren = node.children ? node.children.map(drawn) : (node.text ?? "");
  switch (node.type) {
    case "paragraph":
      return (
        <p key={key} dir="auto">
          {inside}
        </p>
      );
    case "heading": {
      const Level = HEADINGS[Math.min(node.level ?? 1, 4)] ?? "h4";
      return (
        <Level key={key} dir="auto">
          {inside}
        </Level>
      );
    }
    case "list":
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {inside}
        </ol>
      ) : (
        <ul key={key}>{inside}</ul>
      );
    case "item":
      return (
        <li key={key} dir="auto">
          {inside}
        </li>
      );
    case "code_block":
      return (
        <pre key={key} dir="ltr">
          <code>{inside}</code>
        </pre>
      );
    case "image":
      return OWN_IMAGE.test(node.src ?? "") ? (
        <img key={key} src={node.src} alt={node.alt ?? ""} width={node.width} height={node.height} loading="lazy" />
      ) : (
        (node.alt ?? "")
      );
    case "link":
    case "video":
      return SAFE_LINK.test(node.href ?? "") ? (
        <a key={key} href={node.href} target="_blank" rel="noopener noreferrer nofollow">
          {node.type === "video" ? (node.title ?? node.href) : inside}
        </a>
      ) : (
        inside
      );
    case "strong":
      return <strong key={key}>{inside}</strong>;
    case "em":
      return <em key={key}>{inside}</em>;
    case "code":
      return (
        <code key={key} dir="ltr">
          {inside}
        </code>
      );
    case "break":
      return <br key={key} />;
    default:
      return inside;
  }
}
