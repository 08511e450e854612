//! Children that do not outlive us and are not disturbed by a terminal. The only unsafe code of
//! this layer is here.

use nix::sys::signal::Signal;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Puts the child into a session of its own: a Ctrl-C or a closed terminal reaches us and not it.
pub(super) fn detach(command: &mut Command) {
    before_exec(command, own_session);
}

/// Does the same, and has the kernel send `signal` to the child when the *thread* that spawns it
/// ends, however it ends: that thread must live as long as the child should.
/// Only Linux has this; elsewhere a child of a killed parent goes on.
pub(super) fn tie(command: &mut Command, signal: Signal) {
    let parent = std::process::id();
    before_exec(command, move || {
        own_session()?;
        die_with(parent, signal)
    });
}

/// Everything passed here runs between fork and exec, where only system calls are safe: no locks,
/// no allocation.
#[expect(
    unsafe_code,
    reason = "the closures make system calls only, which is what pre_exec asks"
)]
fn before_exec(
    command: &mut Command,
    prepare: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) {
    // SAFETY: see above; both callers are in this file.
    unsafe {
        command.pre_exec(prepare);
    }
}

fn own_session() -> io::Result<()> {
    nix::unistd::setsid()?;
    Ok(())
}

/// The standard library runs us after it has changed the user, which would have cleared the signal.
#[cfg(target_os = "linux")]
fn die_with(parent: u32, signal: Signal) -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(signal)?;
    // If the parent ended before the line above, no signal will ever come.
    let is_orphan = nix::unistd::getppid().as_raw().cast_unsigned() != parent;
    if is_orphan {
        Err(nix::errno::Errno::ESRCH.into())
    } else {
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with(_parent: u32, _signal: Signal) -> io::Result<()> {
    Ok(())
}
