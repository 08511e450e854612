//! What the simulator's pages have in common: one style, nothing from outside, no script.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// No `form-action`: a browser would apply it to the redirect back to the app, too.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";

/// How a page stands to others, and whether it renews itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// By itself.
    Alone,
    /// By itself, renewed every so many seconds.
    Refreshed(u8),
    /// It has one of our own pages as a part.
    Frames,
    /// It is a part of one of our own pages, renewed every so many seconds.
    Framed(u8),
}

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#5a6675;--line:#d9dee5;
--act:#b3401b;--on-act:#fff;--good:#1d6b45;--bad:#a3262a}
@media(prefers-color-scheme:dark){:root{--bg:#14181e;--card:#1c222b;--ink:#e6eaf0;--soft:#9aa7b6;
--line:#333d4a;--act:#ff8a5c;--on-act:#1c1410;--good:#6fcf9b;--bad:#ff8f8f}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:56rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.1rem;margin:0 0 .5rem}
p,ul{margin:.5rem 0}ul{padding-left:1.2rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1rem 0}
.soft{color:var(--soft);font-size:.9rem}.good{color:var(--good)}.bad{color:var(--bad)}
code{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}
button{min-height:2.75rem;padding:.4rem 1rem;border:1px solid var(--line);border-radius:.4rem;
background:transparent;color:inherit;font:inherit;cursor:pointer}
button.main{background:var(--act);border-color:var(--act);color:var(--on-act);font-weight:600}
a{color:inherit;text-decoration-color:var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
form.row,.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}.row+h2{margin-top:1.25rem}
fieldset{border:1px solid var(--line);border-radius:.4rem;margin:.75rem 0;padding:.5rem .75rem}
legend{padding:0 .3rem}
label.pick{display:flex;gap:.6rem;align-items:flex-start;padding:.5rem 0;min-height:2.75rem}
input[type=radio]{width:1.2rem;height:1.2rem;margin-top:.15rem;flex:none}
a.button{display:inline-block;min-height:2.75rem;padding:.55rem 1rem;border:1px solid var(--line);
border-radius:.4rem;text-decoration:none}
textarea,select,input[type=text]{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);
border-radius:.4rem;padding:.5rem;min-height:2.75rem;max-width:100%}
textarea{width:100%;margin-top:.5rem;resize:vertical}
input[type=checkbox]{width:1.2rem;height:1.2rem;margin-top:.15rem;flex:none}
form.row{align-items:center}form.row label{flex:1 1 100%;min-width:0;display:flex;align-items:center;gap:.5rem}
form.row label select{flex:1;min-width:0}
.tabs{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.5rem 0}.tabs .here{font-weight:600}
.tag{font-size:.85rem;padding:.1rem .6rem;border:1px solid var(--line);border-radius:1rem}
.tag.off{color:var(--soft)}.row.tags{margin-top:.25rem}
ol.threads,ol.history{list-style:none;padding:0;margin:0}
ol.threads li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.75rem 1rem;margin:.5rem 0}
ol.threads a{text-decoration:none;overflow-wrap:anywhere}ol.threads a:hover strong{text-decoration:underline}
ol.history li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.4rem .75rem;
margin:.5rem 0;max-width:85%}
ol.history li.out{margin-left:auto;border-color:var(--act)}ol.history li.note{border-style:dashed;margin-left:auto}
ol.history li.event{background:none;border:0;padding:0 .75rem;max-width:none}
ol.history p{margin:.1rem 0}.words{white-space:pre-wrap;overflow-wrap:anywhere}
.beside{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr) minmax(0,1fr)}
.beside .card:first-child{margin-top:0}
@media(max-width:46rem){.beside{grid-template-columns:minmax(0,1fr)}}
iframe.live{width:100%;height:34rem;border:1px solid var(--line);border-radius:.6rem;background:var(--bg)}
body.part main{padding:.75rem}
ol.seen{list-style:none;padding:0;margin:0}
ol.seen li{display:flex;flex-wrap:wrap;gap:.1rem .75rem;padding:.35rem 0;border-top:1px solid var(--line)}
";

/// A page.
pub(super) fn page(status: StatusCode, title: &str, content: &Markup) -> HttpResponse {
    page_in(status, title, Framing::Alone, content)
}

/// A page that is not like most.
pub(super) fn page_in(
    status: StatusCode,
    title: &str,
    framing: Framing,
    content: &Markup,
) -> HttpResponse {
    let (frames, renewed) = match framing {
        Framing::Alone => ("frame-ancestors 'none'", None),
        Framing::Refreshed(seconds) => ("frame-ancestors 'none'", Some(seconds)),
        Framing::Frames => ("frame-src 'self'; frame-ancestors 'none'", None),
        Framing::Framed(seconds) => ("frame-ancestors 'self'", Some(seconds)),
    };
    let is_part = matches!(framing, Framing::Framed(_));
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(seconds) = renewed {
                    meta http-equiv="refresh" content=(seconds);
                }
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body.part[is_part] { main { (content) } }
        }
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, format!("{POLICY}; {frames}")))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}
