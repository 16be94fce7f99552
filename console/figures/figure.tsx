import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { t } from "../app/texts.ts";
import "./figures.css";

/** A number with its name; what it means is told on hover, on focus, and to readers. */
export function Figure({
  name,
  value,
  definition,
  note,
}: {
  name: string;
  value: ComponentChildren;
  definition?: string | undefined;
  note?: ComponentChildren;
}) {
  const id = useId();
  const [open, setOpen] = useState(false);
  return (
    <div class="figure">
      <dt>
        {definition ? (
          <span class="defined">
            <button
              type="button"
              class="defined-name"
              aria-describedby={id}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
              onBlur={() => setOpen(false)}
              onKeyDown={(event) => event.key === "Escape" && setOpen(false)}
            >
              {name}
              <span class="only-heard"> ({t("figures.what")})</span>
            </button>
            <span id={id} role="tooltip" class={open ? "definition open" : "definition"}>
              {definition}
            </span>
          </span>
        ) : (
          name
        )}
      </dt>
      <dd class="figure-value">{value}</dd>
      {note && <dd class="figure-note soft small">{note}</dd>}
    </div>
  );
}
