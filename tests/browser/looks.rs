//! What holds for anybody, however they look at the pages or reach them.

use crate::chromium::Chromium;
use crate::connecting::{connect_customer, sign_in};
use crate::world::World;
use baton::simulator::action_kind::ActionKind;
use serde_json::json;

/// Names of fields and buttons that a screen reader could not say, pictures without a text, ids
/// that come twice, and headings that skip a level.
const UNSAID: &str = r"
    const faults = [];
    for (const e of document.querySelectorAll('input:not([type=hidden]):not([hidden]), select, textarea'))
        if (!e.labels || e.labels.length === 0) faults.push('no label: ' + e.name);
    for (const e of document.querySelectorAll('button, a'))
        if (!e.textContent.trim()) faults.push('no text: ' + e.outerHTML);
    for (const e of document.querySelectorAll('img'))
        if (!e.hasAttribute('alt')) faults.push('no alt: ' + e.src);
    for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby]'))
        for (const id of (e.getAttribute('aria-labelledby') || e.getAttribute('aria-describedby')).split(' '))
            if (!document.getElementById(id)) faults.push('nothing is called ' + id);
    const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push('twice: ' + id);
    let level = 0;
    for (const e of document.querySelectorAll('h1, h2, h3')) {
        const its = Number(e.tagName[1]);
        if (its > level + 1) faults.push('skips a level: ' + e.innerText);
        level = its;
    }
    for (const tag of ['main', 'header'])
        if (document.querySelectorAll('body > ' + tag).length !== 1) faults.push('not one ' + tag);
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    return faults;";

/// Everything the page loaded, besides itself.
const LOADED: &str =
    "return performance.getEntriesByType('resource').map(e => new URL(e.name).origin)
    .filter(origin => origin !== location.origin);";

#[tokio::test]
async fn every_page_can_be_said_loads_nothing_from_elsewhere_and_is_reached_by_keyboard() {
    let world = World::start().await;
    let Some(browser) = Chromium::open("looks").await else {
        return;
    };
    browser.go(&world.at("/console/sign-in")).await;
    assert_eq!(browser.ask(UNSAID).await, json!([]));
    sign_in(&browser, &world).await;
    connect_customer(&browser).await;
    world.act(ActionKind::PauseAi, &[]).await;
    for path in [
        "/console",
        "/console/portals/50001",
        "/console/portals/50001/settings",
        "/console/portals/50001/disconnect",
        "/console/portals/50001/conversations",
        "/console/portals/50001/conversations/7001",
        "/console/portals/50001/tickets/15384000001",
        "/console/nothing",
    ] {
        browser.go(&world.at(path)).await;
        assert_eq!(browser.ask(UNSAID).await, json!([]), "{path}");
        assert_eq!(browser.ask(LOADED).await, json!([]), "{path}");
        browser.press("\u{E004}").await;
        assert_eq!(browser.focused().await, "Skip to content", "{path}");
        browser.shoot("skip-link").await;
        browser.press("\u{E007}").await;
        browser.press("\u{E004}").await;
        assert_ne!(browser.focused().await, "Baton", "{path}");
    }
    browser.close().await;
}
