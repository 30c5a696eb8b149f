// The script of every page: htmx and one small module per behaviour. Each behaviour belongs to a data attribute, starts
// once per element, also on what htmx brings in later, and only improves what works without it.
import "htmx.org/dist/htmx.esm.js";
import "./behaviours/accent.js";
import "./behaviours/ago.js";
import "./behaviours/autosize.js";
import "./behaviours/autosubmit.js";
import "./behaviours/connection.js";
import "./behaviours/copy.js";
import "./behaviours/dialog.js";
import "./behaviours/focus.js";
import "./behaviours/install.js";
import "./behaviours/keep.js";
import "./behaviours/keys.js";
import "./behaviours/live.js";
import "./behaviours/load.js";
import "./behaviours/markdown.js";
import "./behaviours/menu.js";
import "./behaviours/presence.js";
import "./behaviours/progress.js";
import "./behaviours/push.js";
import "./behaviours/reveal.js";
import "./behaviours/scheme.js";
import "./behaviours/scroll.js";
import "./behaviours/search.js";
import "./behaviours/share.js";
import "./behaviours/tabs.js";
import "./behaviours/toast.js";
import "./behaviours/upload.js";

document.documentElement.classList.add("js");
