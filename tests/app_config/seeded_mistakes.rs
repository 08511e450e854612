//! One mistake at a time in the project's files; each is found where it is, and named.

use super::project::{AI_NAME, found, labels, mistakes_after};
use baton::hubspot::definition::check::{Mistake, check};
use serde_json::{Value, json};

const PAUSE: &str = "src/app/workflow-actions/pause-ai-hsmeta.json";
const SEND: &str = "src/app/workflow-actions/send-to-ai-hsmeta.json";
const APP: &str = "src/app/app-hsmeta.json";
const WEBHOOKS: &str = "src/app/webhooks/webhooks-hsmeta.json";
const PRODUCTION: &str = "src/hsprofile.production.json";

/// Expects a mistake at this place whose words contain these.
#[track_caller]
fn expect(mistakes: &[Mistake], file: &str, pointer: &str, words: &str) {
    let is_it = |it: &&Mistake| it.file == file && it.pointer == pointer && it.what.contains(words);
    assert!(
        mistakes.iter().any(|it| is_it(&it)),
        "expected {file} at {pointer}: ...{words}...; found {mistakes:#?}"
    );
}

/// Seeds one mistake and expects it to be found.
macro_rules! seeded {
    ($($name:ident: $file:expr, $change:expr => $pointer:expr, $words:expr;)*) => {
        $(#[test]
        fn $name() {
            let change: fn(&mut Value) = $change;
            expect(&mistakes_after($file, change), $file, $pointer, $words);
        })*
    };
}

fn push(list: &mut Value, entry: Value) {
    list.as_array_mut().unwrap().push(entry);
}

fn remove(object: &mut Value, name: &str) {
    object.as_object_mut().unwrap().remove(name).unwrap();
}

seeded! {
    another_platform_version: "hsproject.json", |it| it["platformVersion"] = "2023.2".into()
        => "/platformVersion", "the code says \"2026.03\"";
    another_source_folder: "hsproject.json", |it| it["srcDir"] = "source".into()
        => "/srcDir", "the code says";

    a_uid_with_a_space: PAUSE, |it| it["uid"] = "pause ai".into() => "/uid", "refused by HubSpot";
    a_uid_that_is_too_long: PAUSE, |it| it["uid"] = "a".repeat(65).into() => "/uid", "1 to 64";
    an_empty_uid: PAUSE, |it| it["uid"] = "".into() => "/uid", "refused by HubSpot";
    no_uid: PAUSE, |it| remove(it, "uid") => "/uid", "is missing";
    a_uid_that_is_taken: SEND, |it| it["uid"] = "pause_ai".into() => "/uid", "is the uid of";
    a_renamed_action: PAUSE, |it| it["uid"] = "pause_the_ai".into()
        => "/uid", "the code says \"pause_ai\"";
    an_unknown_type: PAUSE, |it| it["type"] = "workflow_action".into()
        => "/type", "no type of this project";
    no_type: PAUSE, |it| remove(it, "type") => "/type", "is missing";
    no_config: PAUSE, |it| remove(it, "config") => "/config", "is missing";
    an_unknown_key_at_the_top: PAUSE, |it| it["permissions"] = json!([])
        => "/permissions", "HubSpot knows only";

    an_action_url_of_another_action: PAUSE,
        |it| it["config"]["actionUrl"] = "${BATON_PUBLIC_URL}/hubspot/actions/resume-ai".into()
        => "/config/actionUrl", "the code says";
    an_action_url_without_the_variable: PAUSE,
        |it| it["config"]["actionUrl"] = "http://10.0.0.1/hubspot/actions/pause-ai".into()
        => "/config/actionUrl", "the code says";
    an_unpublished_action: PAUSE, |it| it["config"]["isPublished"] = false.into()
        => "/config/isPublished", "the code says true";
    an_object_type_that_cannot_be_enrolled: PAUSE,
        |it| it["config"]["objectTypes"][0] = "CONVERSATION".into()
        => "/config/objectTypes/0", "cannot be enrolled";
    no_thread_property: PAUSE,
        |it| it["config"]["objectRequestOptions"]["properties"] = json!([])
        => "/config/objectRequestOptions/properties/0", "hs_conversations_originating_thread_id";

    an_unknown_field_type: PAUSE,
        |it| it["config"]["inputFields"][0]["typeDefinition"]["type"] = "enum".into()
        => "/config/inputFields/0/typeDefinition/type", "unknown to HubSpot";
    an_unknown_widget: PAUSE,
        |it| it["config"]["inputFields"][0]["typeDefinition"]["fieldType"] = "dropdown".into()
        => "/config/inputFields/0/typeDefinition/fieldType", "unknown to HubSpot";
    an_input_the_server_does_not_read: PAUSE,
        |it| it["config"]["inputFields"][2]["typeDefinition"]["name"] = "comment".into()
        => "/config/inputFields/2/typeDefinition/name", "the code says \"note\"";
    an_input_that_is_there_twice: PAUSE,
        |it| it["config"]["inputFields"][2]["typeDefinition"]["name"] = "duration".into()
        => "/config/inputFields/2/typeDefinition/name", "twice";
    an_input_without_a_name: PAUSE,
        |it| remove(&mut it["config"]["inputFields"][0]["typeDefinition"], "name")
        => "/config/inputFields/0/typeDefinition/name", "is missing";
    a_value_the_server_does_not_know: PAUSE,
        |it| it["config"]["inputFields"][0]["typeDefinition"]["options"][1]["value"] = "15min".into()
        => "/config/inputFields/0/typeDefinition/options/1/value", "the code says \"15m\"";
    a_list_without_values: PAUSE,
        |it| it["config"]["inputFields"][0]["typeDefinition"]["options"] = json!([])
        => "/config/inputFields/0/typeDefinition/options", "without a choice";
    a_hidden_input_that_is_required: PAUSE,
        |it| it["config"]["inputFields"][1]["isRequired"] = true.into()
        => "/config/inputFields/1/isRequired", "cannot be required";
    an_input_that_is_required: PAUSE,
        |it| it["config"]["inputFields"][0]["isRequired"] = true.into()
        => "/config/inputFields/0/isRequired", "the code says false";
    an_unknown_source_of_values: PAUSE,
        |it| it["config"]["inputFields"][0]["supportedValueTypes"][0] = "FETCHED".into()
        => "/config/inputFields/0/supportedValueTypes", "unknown to HubSpot";
    no_source_of_values: PAUSE,
        |it| it["config"]["inputFields"][0]["supportedValueTypes"] = json!([])
        => "/config/inputFields/0/supportedValueTypes", "can have no value";
    a_wait_that_is_held_back: SEND,
        |it| push(&mut it["config"]["inputFields"], json!({
            "isRequired": false, "supportedValueTypes": ["STATIC_VALUE"],
            "typeDefinition": {"name": "wait_for_result", "type": "bool",
                "fieldType": "booleancheckbox", "options": []},
        })) => "/config/inputFields/8", "unknown to the code";

    a_dependency_on_nothing: PAUSE,
        |it| it["config"]["inputFieldDependencies"][0]["controllingFieldName"] = "length".into()
        => "/config/inputFieldDependencies/0/controllingFieldName", "no input of this action";
    a_dependency_on_a_value_that_is_not_offered: PAUSE,
        |it| it["config"]["inputFieldDependencies"][0]["controllingFieldValue"] = "own".into()
        => "/config/inputFieldDependencies/0/controllingFieldValue", "no value of duration";
    a_dependent_that_does_not_exist: PAUSE,
        |it| it["config"]["inputFieldDependencies"][0]["dependentFieldNames"] = json!(["minutes"])
        => "/config/inputFieldDependencies/0/dependentFieldNames", "no input of this action";

    an_output_the_server_does_not_write: PAUSE,
        |it| it["config"]["outputFields"][0]["typeDefinition"]["name"] = "result".into()
        => "/config/outputFields/0/typeDefinition/name", "the code says \"outcome\"";
    a_missing_output: PAUSE,
        |it| { it["config"]["outputFields"].as_array_mut().unwrap().pop(); }
        => "/config/outputFields/13", "is missing";
    a_time_that_is_a_text: PAUSE,
        |it| it["config"]["outputFields"][8]["typeDefinition"]["type"] = "string".into()
        => "/config/outputFields/8/typeDefinition/type", "the code says \"datetime\"";
    a_rule_for_an_output_that_does_not_exist: PAUSE,
        |it| it["config"]["executionRules"][0]["conditions"] = json!({"errorCode": "X"})
        => "/config/executionRules/0/conditions/errorCode", "no output of this action";
    a_rule_without_a_sentence: PAUSE,
        |it| it["config"]["executionRules"][0]["labelName"] = "tried".into()
        => "/config/executionRules/0/labelName", "no sentence in English";
    rules_in_another_order: PAUSE,
        |it| it["config"]["executionRules"].as_array_mut().unwrap().swap(0, 1)
        => "/config/executionRules/0/labelName", "the code says \"dry_run\"";

    a_missing_language: PAUSE, |it| remove(&mut it["config"]["labels"], "ja")
        => "/config/labels/ja", "the language is missing";
    a_language_that_hubspot_does_not_show: PAUSE,
        |it| it["config"]["labels"]["it"] = json!({"actionName": "Metti in pausa"})
        => "/config/labels/it", "HubSpot shows no labels in it";
    a_label_that_was_edited_here: PAUSE,
        |it| it["config"]["labels"]["de"]["actionName"] = "Pause".into()
        => "/config/labels/de/actionName", "the code says";
    a_missing_label_of_an_input: PAUSE,
        |it| remove(&mut it["config"]["labels"]["fr"]["inputFieldLabels"], "duration")
        => "/config/labels/fr/inputFieldLabels/duration", "is missing";

    a_scope_too_many: APP,
        |it| push(&mut it["config"]["auth"]["requiredScopes"], "crm.objects.deals.write".into())
        => "/config/auth/requiredScopes/6", "unknown to the code";
    a_scope_too_few: APP,
        |it| { it["config"]["auth"]["requiredScopes"].as_array_mut().unwrap().pop(); }
        => "/config/auth/requiredScopes/5", "is missing";
    automation_as_a_required_scope: APP,
        |it| push(&mut it["config"]["auth"]["requiredScopes"], "automation".into())
        => "/config/auth/conditionallyRequiredScopes", "HubSpot takes it once";
    another_redirect_url: APP,
        |it| it["config"]["auth"]["redirectUrls"][0] = "https://elsewhere.example.com/".into()
        => "/config/auth/redirectUrls/0", "the code says";
    static_tokens: APP, |it| it["config"]["auth"]["type"] = "static".into()
        => "/config/auth/type", "the code says \"oauth\"";
    an_unknown_distribution: APP, |it| it["config"]["distribution"] = "public".into()
        => "/config/distribution", "unknown to HubSpot";
    a_support_address_that_is_none: APP,
        |it| it["config"]["support"]["supportEmail"] = "support".into()
        => "/config/support/supportEmail", "no e-mail address";
    a_support_page_without_tls: APP,
        |it| it["config"]["support"]["supportUrl"] = "http://example.com".into()
        => "/config/support/supportUrl", "no https address";
    an_app_without_a_name: APP, |it| it["config"]["name"] = "".into()
        => "/config/name", "is missing";

    a_subscription_too_few: WEBHOOKS,
        |it| { it["config"]["subscriptions"]["hubEvents"].as_array_mut().unwrap().pop(); }
        => "/config/subscriptions/hubEvents/7", "is missing";
    both_kinds_of_ticket_events: WEBHOOKS,
        |it| it["config"]["subscriptions"]["crmObjects"] = json!([{
            "subscriptionType": "object.propertyChange", "objectType": "ticket",
            "propertyName": "hubspot_owner_id", "active": true}])
        => "/config/subscriptions/crmObjects", "unknown to the code";
    a_subscription_that_sleeps: WEBHOOKS,
        |it| it["config"]["subscriptions"]["hubEvents"][0]["active"] = false.into()
        => "/config/subscriptions/hubEvents/0/active", "the code says true";
    another_target: WEBHOOKS,
        |it| it["config"]["settings"]["targetUrl"] = "${BATON_PUBLIC_URL}/webhooks".into()
        => "/config/settings/targetUrl", "the code says";

    a_url_without_tls: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "http://baton.example.com".into()
        => "/variables/BATON_PUBLIC_URL", "is not https";
    a_url_of_this_machine: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "https://localhost".into()
        => "/variables/BATON_PUBLIC_URL", "cannot reach";
    a_url_of_a_private_network: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "https://baton.internal".into()
        => "/variables/BATON_PUBLIC_URL", "cannot reach";
    a_url_that_is_an_address: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "https://192.0.2.1".into()
        => "/variables/BATON_PUBLIC_URL", "no host name";
    a_url_with_a_query: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "https://baton.example.com/?a=1".into()
        => "/variables/BATON_PUBLIC_URL", "signatures would not fit";
    a_url_that_ends_with_a_slash: PRODUCTION,
        |it| it["variables"]["BATON_PUBLIC_URL"] = "https://baton.example.com/".into()
        => "/variables/BATON_PUBLIC_URL", "ends with a slash";
    no_url: PRODUCTION, |it| remove(&mut it["variables"], "BATON_PUBLIC_URL")
        => "/variables/BATON_PUBLIC_URL", "is missing";
    no_account: PRODUCTION, |it| it["accountId"] = "my account".into()
        => "/accountId", "no account id";
}

#[test]
fn a_missing_file() {
    let mut files = found();
    assert!(files.remove(PAUSE).is_some());
    expect(&check(&files, &labels(), AI_NAME), PAUSE, "", "is missing");
}

#[test]
fn a_file_that_is_no_json() {
    let mut files = found();
    files.insert(PAUSE.to_owned(), Err("expected value at line 1".to_owned()));
    expect(&check(&files, &labels(), AI_NAME), PAUSE, "", "is no JSON");
}

#[test]
fn an_action_in_the_wrong_folder() {
    let mut files = found();
    let action = files.remove(PAUSE).unwrap();
    let elsewhere = "src/app/actions/pause-ai-hsmeta.json";
    files.insert(elsewhere.to_owned(), action);
    let mistakes = check(&files, &labels(), AI_NAME);
    expect(
        &mistakes,
        elsewhere,
        "",
        "belongs into src/app/workflow-actions",
    );
    expect(&mistakes, PAUSE, "", "is missing");
}

#[test]
fn a_second_app() {
    let mut files = found();
    let app = files[APP].clone();
    files.insert("src/app/other-hsmeta.json".to_owned(), app);
    let mistakes = check(&files, &labels(), AI_NAME);
    expect(&mistakes, "src", "", "2 components of type app");
    expect(
        &mistakes,
        "src/app/other-hsmeta.json",
        "",
        "knows nothing of this component",
    );
}

#[test]
fn no_profile_at_all() {
    let mut files = found();
    files.retain(|path, _| !path.contains("hsprofile"));
    expect(
        &check(&files, &labels(), AI_NAME),
        "src",
        "",
        "there is no profile",
    );
}

#[test]
fn files_rendered_for_another_product_name() {
    let labels = baton::hubspot::definition::labels::Labels::load("Acme AI").unwrap();
    let mistakes = check(&found(), &labels, "Acme AI");
    expect(
        &mistakes,
        PAUSE,
        "/config/labels/en/actionName",
        "the code says \"Pause Acme AI\"",
    );
}

#[test]
fn what_a_vendor_words_as_they_like_is_no_mistake() {
    let mistakes = mistakes_after(APP, |it| {
        it["config"]["name"] = "Acme Support".into();
        it["config"]["description"] = "Ours".into();
        it["config"]["distribution"] = "private".into();
        it["config"]["logo"] = "/app/logo.png".into();
        it["config"]["support"]["supportEmail"] = "help@acme.example".into();
    });
    assert_eq!(mistakes, []);
}
