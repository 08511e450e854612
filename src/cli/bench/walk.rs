//! Which action meets which ticket at which step of the load. All of them are `applied` on a
//! service without other traffic, and no ticket changes direction often enough to be damped.

use crate::simulator::action_kind::ActionKind;

/// What one ticket goes through, over and over. Each action changes the state it meets.
const CYCLE: [ActionKind; 5] = [
    ActionKind::PauseAi,
    ActionKind::RequestHandoff,
    ActionKind::SendToAi,
    ActionKind::PauseAi,
    ActionKind::ResumeAi,
];

/// Places in the cycle where an untouched ticket can begin: those that silence an active AI.
/// Tickets begin at different ones, so that every second of the load has every action.
const BEGINNINGS: [u64; 3] = [0, 1, 3];

/// How often each ticket may be visited in ten minutes: the service's loop guard damps a record
/// after more than six changes of direction, and the shortest way to seven takes nine actions.
pub const VISITS_BEFORE_DAMPING: u64 = 8;

/// One action on one ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Counts the load's tickets from 0.
    pub ticket: u64,
    /// The action.
    pub kind: ActionKind,
}

/// The visit that this step of the load makes. Tickets are taken in turn, so that two steps in
/// flight never meet as long as there are more tickets than connections.
pub fn visit(step: u64, tickets: u64) -> Visit {
    let tickets = tickets.max(1);
    let (round, ticket) = (step / tickets, step % tickets);
    let beginning = pick(&BEGINNINGS, ticket);
    Visit {
        ticket,
        kind: pick(&CYCLE, beginning + round),
    }
}

/// How many steps a load may make on this many tickets within ten minutes.
pub fn steps_before_damping(tickets: u64) -> u64 {
    tickets.saturating_mul(VISITS_BEFORE_DAMPING)
}

fn pick<T: Copy, const N: usize>(of: &[T; N], index: u64) -> T {
    #[expect(clippy::indexing_slicing, reason = "the remainder is below the length")]
    of[(index % N as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_of_ticket(ticket: u64, visits: u64) -> Vec<ActionKind> {
        (0..visits)
            .map(|round| visit(round * 3 + ticket, 3).kind)
            .collect()
    }

    fn silences(kind: &ActionKind) -> bool {
        matches!(kind, ActionKind::PauseAi | ActionKind::RequestHandoff)
    }

    #[test]
    fn no_ticket_is_damped_within_the_stated_visits() {
        for ticket in 0..3 {
            let kinds = kinds_of_ticket(ticket, VISITS_BEFORE_DAMPING);
            let turns = kinds
                .windows(2)
                .filter(|w| silences(&w[0]) != silences(&w[1]))
                .count();
            assert!(turns <= 6, "ticket {ticket}: {turns} changes of direction");
        }
    }

    #[test]
    fn every_action_changes_the_state_it_meets() {
        for ticket in 0..3 {
            let (mut paused, mut handoff) = (false, false);
            for kind in kinds_of_ticket(ticket, 50) {
                match kind {
                    ActionKind::PauseAi => assert!(!paused && !handoff),
                    ActionKind::ResumeAi => assert!(paused && !handoff),
                    ActionKind::SendToAi => assert!(paused || handoff),
                    ActionKind::RequestHandoff => assert!(!handoff),
                }
                paused = kind == ActionKind::PauseAi || paused && silences(&kind);
                handoff = kind == ActionKind::RequestHandoff || handoff && silences(&kind);
            }
        }
    }

    #[test]
    fn tickets_are_taken_in_turn() {
        let tickets: Vec<u64> = (0..7).map(|step| visit(step, 3).ticket).collect();
        assert_eq!(tickets, [0, 1, 2, 0, 1, 2, 0]);
    }
}
