//! Mistakes that somebody could make in the rules. Each is seeded into the reference model, to
//! show that the comparison would find it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    TimerIgnoresItsEpoch,
    ClaimedHandoffTimesOut,
    DeadlineUnderAPersonIsPostponed,
    ResumeLiftsHandoffs,
    ResumeReachesBeneathALock,
    SendIgnoresTheGrace,
    WorkflowReplacesAnAdminsPause,
    StaleOwnerEventReleases,
    ReplyWindowOutlivesTheAiAsOwner,
    TicketOwnershipIsIgnoredForSiblings,
    ClosingLiftsLocks,
    TicketClosingEndsReplyWindows,
    DampingNeverEnds,
    PlacedAtIsComparedTheWrongWay,
    LateFactsUndoNothing,
    ForceFreesSiblings,
    TiesGoToTheFreer,
    AutomationClaims,
    AnAisAnswerEndsNoWait,
}

impl Fault {
    pub const ALL: [Self; 19] = [
        Self::TimerIgnoresItsEpoch,
        Self::ClaimedHandoffTimesOut,
        Self::DeadlineUnderAPersonIsPostponed,
        Self::ResumeLiftsHandoffs,
        Self::ResumeReachesBeneathALock,
        Self::SendIgnoresTheGrace,
        Self::WorkflowReplacesAnAdminsPause,
        Self::StaleOwnerEventReleases,
        Self::ReplyWindowOutlivesTheAiAsOwner,
        Self::TicketOwnershipIsIgnoredForSiblings,
        Self::ClosingLiftsLocks,
        Self::TicketClosingEndsReplyWindows,
        Self::DampingNeverEnds,
        Self::PlacedAtIsComparedTheWrongWay,
        Self::LateFactsUndoNothing,
        Self::ForceFreesSiblings,
        Self::TiesGoToTheFreer,
        Self::AutomationClaims,
        Self::AnAisAnswerEndsNoWait,
    ];
}
