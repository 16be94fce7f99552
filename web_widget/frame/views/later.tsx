import type { ComponentChild, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../state/words.ts";

export const nothing = () => null;

/**
 * A view that is loaded when it is first shown. A failed load says so, and can be tried again.
 * meanwhile: what stands in its place until it is there.
 */
export function later<Props extends object, Standing extends object = object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  meanwhile?: (props: Standing) => ComponentChild,
) {
  let loaded: ComponentType<Props> | undefined;
  return function Later(props: Props & Standing) {
    const [failed, setFailed] = useState(false);
    const [, redraw] = useState(0);
    const fetch = () => {
      setFailed(false);
      load().then(
        (part) => {
          loaded = part.default;
          redraw((count) => count + 1);
        },
        () => setFailed(true),
      );
    };
    useEffect(() => {
      // another place may have loaded it between this one's drawing and now
      if (loaded) redraw(1);
      else fetch();
    }, []);
    if (loaded) {
      const View = loaded;
      return <View {...props} />;
    }
    const standing = meanwhile?.(props);
    if (!failed) return meanwhile ? (standing ?? null) : <p class="loading">{t("frame.loading")}</p>;
    return (
      <>
        {standing}
        <p class="note" role="alert">
          {t("frame.not_loaded")}{" "}
          <button type="button" class="plain" onClick={fetch}>
            {t("thread.again")}
          </button>
        </p>
      </>
    );
  };
}
