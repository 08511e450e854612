//! The frame of the simulator's pages: one style, nothing from outside, no script.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// No `form-action`: a browser would apply it to the redirect back to the app, too.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

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
form.row,.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
fieldset{border:1px solid var(--line);border-radius:.4rem;margin:.75rem 0;padding:.5rem .75rem}
legend{padding:0 .3rem}
label.pick{display:flex;gap:.6rem;align-items:flex-start;padding:.5rem 0;min-height:2.75rem}
input[type=radio]{width:1.2rem;height:1.2rem;margin-top:.15rem;flex:none}
ol.seen{list-style:none;padding:0;margin:0}
ol.seen li{display:flex;flex-wrap:wrap;gap:.1rem .75rem;padding:.35rem 0;border-top:1px solid var(--line)}
";

/// A page.
pub(super) fn page(status: StatusCode, title: &str, content: &Markup) -> HttpResponse {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (content) } }
        }
    };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page.into_string())
}
