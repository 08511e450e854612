//! The tables as diesel sees them, as far as queries go through its builder. The decider's
//! batches are statements of their own, in `batch`.

diesel::table! {
    portals (portal_id) {
        portal_id -> BigInt,
        connection -> Text,
        ai_enabled -> Bool,
        ai_sender_user_id -> Nullable<BigInt>,
        policies -> Jsonb,
        connected_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        mode -> Text,
        hub_domain -> Nullable<Text>,
        ui_domain -> Nullable<Text>,
        region -> Nullable<Text>,
        account_type -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        installed_by -> Nullable<Text>,
        installed_by_user_id -> Nullable<BigInt>,
        ai_sender_name -> Nullable<Text>,
        ai_sender_is_shared -> Nullable<Bool>,
        unavailable_because -> Nullable<Text>,
        unavailable_since -> Nullable<Timestamptz>,
        missed_from -> Nullable<Timestamptz>,
        missed_until -> Nullable<Timestamptz>,
        sender_changed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    api_keys (key_id) {
        key_id -> Uuid,
        portal_id -> Nullable<BigInt>,
        role -> Text,
        name -> Text,
        secret_sha256 -> Bytea,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tickets (portal_id, ticket_id) {
        portal_id -> BigInt,
        ticket_id -> BigInt,
        revision -> BigInt,
        position -> BigInt,
        decided_at -> Nullable<Timestamptz>,
        facts -> Jsonb,
        holds -> Jsonb,
        upkeep -> Jsonb,
    }
}

diesel::table! {
    conversations (portal_id, thread_id) {
        portal_id -> BigInt,
        thread_id -> BigInt,
        ticket_id -> Nullable<BigInt>,
        state -> Text,
        control_version -> BigInt,
        silenced_at_version -> BigInt,
        position -> BigInt,
        decided_at -> Nullable<Timestamptz>,
        facts -> Jsonb,
        holds -> Jsonb,
        upkeep -> Jsonb,
    }
}

diesel::table! {
    decisions (portal_id, subject, subject_id, position) {
        portal_id -> BigInt,
        subject -> Text,
        subject_id -> BigInt,
        position -> BigInt,
        control_version -> Nullable<BigInt>,
        changed -> Bool,
        decision_id -> Uuid,
        ticket_id -> Nullable<BigInt>,
        decided_at -> Timestamptz,
        command -> Jsonb,
        outcome -> Text,
        reason_code -> Text,
        state_before -> Text,
        state_after -> Text,
        explanation -> Text,
        facts_after -> Jsonb,
        holds_after -> Jsonb,
        ticket_revision -> Nullable<BigInt>,
        ticket_after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    hubspot_clock (is_only) {
        is_only -> Bool,
        offset_ms -> BigInt,
        seen_at -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(tickets, conversations, decisions);
