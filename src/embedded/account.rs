//! Who the server runs as. PostgreSQL refuses root, so as root this is another user; everything
//! PostgreSQL writes belongs to that user, and everything it reads must be reachable for it.

use super::error::{Attempt, EmbeddedError};
use nix::unistd::{Gid, Uid, User, chown, geteuid};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Tried in this order when we are root.
const ACCOUNTS_FOR_ROOT: [&str; 2] = ["postgres", "nobody"];

/// What programs that start other programs need; nothing else of our environment reaches the server.
const SERVER_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The user the server runs as.
#[derive(Clone, Debug)]
pub(super) struct Account {
    name: String,
    uid: Uid,
    gid: Gid,
    home: PathBuf,
    relation: Relation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Ourselves,
    ServantOfRoot,
}

impl Account {
    /// Chooses the user for the cluster directory, which may not exist yet. If it does, root lets
    /// the server run as its owner, so that a user `postgres` made later changes nothing.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Self, EmbeddedError> {
        let owner = match fs::metadata(cluster) {
            Ok(found) => Some(Uid::from_raw(found.uid())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).attempt("look at", cluster),
        };
        let me = geteuid();
        if me.is_root() {
            Self::for_root(cluster, owner)
        } else {
            Self::own(cluster, me, owner)
        }
    }

    fn own(cluster: &Path, me: Uid, owner: Option<Uid>) -> Result<Self, EmbeddedError> {
        let user = user_of(me)?.ok_or(EmbeddedError::NoPasswdEntry { uid: me.as_raw() })?;
        match owner {
            Some(owner) if owner != me => Err(EmbeddedError::ForeignData {
                dir: cluster.to_owned(),
                owner: owner.as_raw(),
                account: user.name,
            }),
            Some(_) | None => Ok(Self::from_user(user, Relation::Ourselves)),
        }
    }

    fn for_root(cluster: &Path, owner: Option<Uid>) -> Result<Self, EmbeddedError> {
        if let Some(owner) = owner {
            if let Some(user) = user_of(owner)?.filter(|_| !owner.is_root()) {
                return Ok(Self::from_user(user, Relation::ServantOfRoot));
            }
            return Err(EmbeddedError::ForeignData {
                dir: cluster.to_owned(),
                owner: owner.as_raw(),
                account: "a user PostgreSQL could run as".to_owned(),
            });
        }
        for name in ACCOUNTS_FOR_ROOT {
            let found = User::from_name(name).attempt("look up user", Path::new(name))?;
            if let Some(user) = found {
                return Ok(Self::from_user(user, Relation::ServantOfRoot));
            }
        }
        Err(EmbeddedError::NoServerAccount)
    }

    fn from_user(user: User, relation: Relation) -> Self {
        Self {
            name: user.name,
            uid: user.uid,
            gid: user.gid,
            home: user.dir,
            relation,
        }
    }

    /// Where a user keeps what can be fetched again.
    pub(super) fn cache_dir(&self) -> PathBuf {
        match self.relation {
            Relation::Ourselves => self.home.join(".cache").join("baton"),
            Relation::ServantOfRoot => PathBuf::from("/var/cache/baton"),
        }
    }

    /// A command that runs as this user, with nothing of our environment and in a directory that
    /// every user can enter. Dropping root also drops the supplementary groups.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", SERVER_PATH)
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        command.current_dir("/");
        if self.relation == Relation::ServantOfRoot {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
        command
    }

    /// Sets the mode of the data directory itself. It stays ours, so that the server's user can replace none
    /// of the files that we open in it; that user may pass through, no more.
    pub(super) fn open_passage(&self, dir: &Path) -> Result<(), EmbeddedError> {
        let mode = match self.relation {
            Relation::Ourselves => 0o700,
            Relation::ServantOfRoot => 0o711,
        };
        fs::set_permissions(dir, fs::Permissions::from_mode(mode)).attempt("set the mode of", dir)
    }

    /// Makes a directory that only this user (and root) can enter, or takes over the one there is.
    pub(super) fn make_private_dir(&self, dir: &Path) -> Result<(), EmbeddedError> {
        match fs::DirBuilder::new().mode(0o700).create(dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.attempt("make", dir)?,
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
            .attempt("set the mode of", dir)?;
        match self.relation {
            Relation::Ourselves => Ok(()),
            Relation::ServantOfRoot => {
                chown(dir, Some(self.uid), Some(self.gid)).attempt("change the owner of", dir)
            }
        }
    }

    /// Says clearly, before PostgreSQL says it obscurely, that this user cannot get to `dir`.
    /// Only permission bits are read: an access list that closes a directory shows up later.
    pub(super) fn require_reach(&self, dir: &Path) -> Result<(), EmbeddedError> {
        if self.relation == Relation::Ourselves {
            return Ok(());
        }
        let mut way: Vec<&Path> = dir.ancestors().collect();
        way.reverse();
        for step in way {
            let found = fs::metadata(step).attempt("look at", step)?;
            if !self.may_enter(&found) {
                return Err(EmbeddedError::Unreachable {
                    account: self.name.clone(),
                    dir: dir.to_owned(),
                    blocked_by: step.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn may_enter(&self, dir: &fs::Metadata) -> bool {
        let needed = if dir.uid() == self.uid.as_raw() {
            0o100
        } else if dir.gid() == self.gid.as_raw() {
            0o010
        } else {
            0o001
        };
        dir.mode() & needed != 0
    }
}

fn user_of(uid: Uid) -> Result<Option<User>, EmbeddedError> {
    User::from_uid(uid).attempt("look up user id", Path::new(&uid.to_string()))
}
