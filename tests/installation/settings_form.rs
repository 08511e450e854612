//! The console's form of settings beside what the API takes: whatever stands there can be saved.

use crate::browsing::Seen;
use crate::world::{ADMIN_KEY, PORTAL, World};
use diesel::connection::SimpleConnection;
use reqwest::Method;
use serde_json::{Value, json};

const PAGE: &str = "/console/portals/50001/settings";
const SETTINGS: &str = "/v1/portals/50001/settings";

async fn set(world: &World, changes: Value) -> Value {
    let body = changes.to_string();
    let (status, settings) = world.api(Method::PATCH, ADMIN_KEY, SETTINGS, &body).await;
    assert_eq!(status, 200, "{settings}");
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_api_takes_the_form_shows_and_saves_again() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    for [grace, window, claim, unattended, sweep] in [
        ["0s", "1m", "1m", "1m", "1m"],
        ["1d", "1d", "365d", "7d", "1h"],
        ["90s", "61s", "2d", "25h", "59m"],
    ] {
        let mut expected = set(
            &world,
            json!({
                "human_grace": grace, "reply_window": window, "claim_timeout": claim,
                "unattended_after": unattended, "sweep_period": sweep, "language": "en",
                "on_reopen_owned": {"ai_after_days": 3_650}, "default_target": "team:7",
            }),
        )
        .await;

        let mut fields = as_shown(&admin.get(PAGE).await);
        let unchanged = admin.post(PAGE, &borrowed(&fields)).await;
        assert_eq!(unchanged.status, 303, "{}", unchanged.body);
        assert!(admin.get(PAGE).await.says("Nothing to save"), "{claim}");
        let language = fields.iter_mut().find(|(name, _)| name == "language");
        language.unwrap().1 = "de".to_owned();
        let changed = admin.post(PAGE, &borrowed(&fields)).await;

        assert_eq!(changed.status, 303, "{}", changed.body);
        expected["language"] = json!("de");
        assert_eq!(set(&world, json!({})).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_does_yet_is_not_promised_and_stays_as_the_api_set_it() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    for is_set in [true, false] {
        let kept = json!({"deliver_text": is_set, "create_ticket_on_handoff": is_set});
        set(&world, kept.clone()).await;

        let page = admin.get(PAGE).await;
        let mut fields = as_shown(&page);
        for (name, _) in kept.as_object().unwrap() {
            assert!(fields.iter().all(|(field, _)| field != name), "{name}");
        }
        assert!(!page.says("Create a ticket") && !page.says("words of messages"));
        fields.push(("ignore_other_ai".to_owned(), "yes".to_owned()));
        let saved = admin.post(PAGE, &borrowed(&fields)).await;

        assert_eq!(saved.status, 303, "{}", saved.body);
        let settings = set(&world, json!({"ignore_other_ai": null})).await;
        assert_eq!(settings["deliver_text"], is_set);
        assert_eq!(settings["create_ticket_on_handoff"], is_set);
        let line = "SELECT count(*) FROM portal_changes WHERE after ? 'ignore_other_ai'";
        assert!(world.texts(line) != ["0"], "the form was saved");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_silence_the_ai_for_ever_is_refused_with_the_fields_label() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    for (changes, said) in [
        (
            vec![("hours", "weekly")],
            "“Times” needs at least one interval",
        ),
        (
            vec![("channels", "only")],
            "“Channels” needs all, or at least one channel id",
        ),
    ] {
        let shown = as_shown(&admin.get(PAGE).await);

        let done = admin.post(PAGE, &typed(&shown, &changes)).await;

        assert_eq!(done.status, 400, "{changes:?}");
        assert!(done.says(said), "{}", done.body);
        assert!(done.says("the AI would never answer"), "{}", done.body);
    }
    for changes in [
        json!({"hours": {"time_zone": "UTC", "open": []}}),
        json!({"channels": []}),
    ] {
        let (status, answer) = world
            .api(Method::PATCH, ADMIN_KEY, SETTINGS, &changes.to_string())
            .await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["error"]["code"], "setting_invalid", "{answer}");
    }
    assert_eq!(world.texts("SELECT policies FROM portals"), ["{}"]);

    // A Baton before this one took it: what else is set must be savable.
    let stored = "UPDATE portals SET policies = '{\"hours\": {\"weekly\": {\"time_zone\": \"UTC\", \"open\": []}}}'";
    world.sql().batch_execute(stored).unwrap();
    let shown = as_shown(&admin.get(PAGE).await);
    let done = admin
        .post(PAGE, &typed(&shown, &[("language", "de")]))
        .await;
    assert_eq!(done.status, 303, "{}", done.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_as_the_form_calls_it_with_the_way_back() {
    let world = World::start().await;
    let mut admin = world.connected(PORTAL).await;
    for (name, value, said) in [
        (
            "reply_window",
            "0",
            "“A person's reply silences the AI for” needs a number of minutes from 1 to 1440",
        ),
        (
            "language",
            "klingon",
            "“Language of explanations” needs one of en,",
        ),
        (
            "ai_app_ids",
            "x",
            "“HubSpot apps that also write for the AI” needs numbers",
        ),
    ] {
        let shown = as_shown(&admin.get(PAGE).await);

        let done = admin.post(PAGE, &typed(&shown, &[(name, value)])).await;

        assert_eq!(done.status, 400, "{name}");
        assert!(done.says(said), "{}", done.body);
        assert!(done.says("Back to the form"), "{}", done.body);
        assert!(done.says(&format!("href=\"{PAGE}\"")), "{}", done.body);
        assert!(
            admin
                .get(PAGE)
                .await
                .says(said.split('”').next().unwrap().trim_start_matches('“'))
        );
    }
}

/// These fields with some of them typed anew.
fn typed<'a>(
    fields: &'a [(String, String)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut typed = borrowed(fields);
    for (name, value) in changes {
        let field = typed.iter_mut().find(|(field, _)| field == name);
        field.unwrap().1 = value;
    }
    typed
}

/// The form's fields as a browser sends them untouched. It sends no number outside its range.
fn as_shown(page: &Seen) -> Vec<(String, String)> {
    let (_, form) = page.body.split_once("<form class=\"settings\"").unwrap();
    let (form, _) = form.split_once("</form>").unwrap();
    let (mut fields, mut select) = (Vec::new(), String::new());
    for tag in form.split('<').skip(1) {
        let of_tag = |name: &str| attribute(tag, name).unwrap_or_default();
        match tag.split([' ', '>']).next().unwrap() {
            "input" if of_tag("type") == "checkbox" && !tag.contains(" checked") => {}
            "input" => {
                assert!(is_in_range(tag), "{tag}");
                fields.push((of_tag("name"), of_tag("value")));
            }
            "textarea" => {
                let text = tag.split_once('>').unwrap().1;
                fields.push((of_tag("name"), unescaped(text)));
            }
            "select" => select = of_tag("name"),
            "option" if tag.contains(" selected") => {
                fields.push((select.clone(), of_tag("value")));
            }
            _ => {}
        }
    }
    fields
}

fn is_in_range(tag: &str) -> bool {
    let number = |name: &str| attribute(tag, name)?.parse::<f64>().ok();
    number("min").is_none_or(|least| number("value").unwrap() >= least)
        && number("max").is_none_or(|most| number("value").unwrap() <= most)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(unescaped)
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&lt;", "<");
    text.replace("&gt;", ">").replace("&amp;", "&")
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = fields.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
