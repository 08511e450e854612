//! A button of the front page.

use maud::{Markup, html};

/// A form with nothing but the button.
pub(super) fn page_button(what: &str, words: &str) -> Markup {
    html! {
        form method="post" action={ "/_simulator/page/" (what) } {
            button type="submit" { (words) }
        }
    }
}
