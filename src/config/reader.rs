//! Reads one setting after the other and collects every mistake on the way, so that a person
//! mends all of them in one go.

use super::given::{self, Given};
use super::mistake::{Expected, Mistake, Mistakes};
use super::source::Source;
use super::table::Setting;
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsStr;
use std::path::Path;

/// Says that the mistake is already in the reader, and that there is no value to go on with.
///
/// Only [`Reader::record`] makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    _only_record_makes_it: (),
}

/// One reading of the settings.
pub(super) struct Reader<'a> {
    /// Where the settings come from.
    pub(super) source: &'a Source,
    given: Given,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// Gathers what was given; values are looked at one by one afterwards.
    pub(super) fn new(source: &'a Source) -> Self {
        let (given, mistakes) = given::gather(source);
        Self {
            source,
            given,
            mistakes,
        }
    }

    /// A setting that always has a value, thanks to its default in the table.
    pub(super) fn value<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Result<T, Recorded> {
        let text = match (self.text(setting)?, setting.default) {
            (Some(text), _) => text,
            (None, Some(default)) => SecretString::from(default),
            (None, None) => return Err(self.record(Mistake::missing(setting))),
        };
        self.parsed(setting, &text, parse)
    }

    /// A setting that may be unset.
    pub(super) fn optional<T>(
        &mut self,
        setting: &Setting,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Result<Option<T>, Recorded> {
        let Some(text) = self.text(setting)? else {
            return Ok(None);
        };
        self.parsed(setting, &text, parse).map(Some)
    }

    /// Whether the setting was given, right or wrong, in either form.
    pub(super) fn is_given(&self, setting: &Setting) -> bool {
        self.given.contains_key(setting.name) || self.given.contains_key(&file_form(setting))
    }

    /// Demands a setting; a wrong one is already recorded and not recorded again.
    pub(super) fn require(&mut self, setting: &Setting) {
        if !self.is_given(setting) && setting.default.is_none() {
            self.record(Mistake::missing(setting));
        }
    }

    /// Keeps a mistake.
    pub(super) fn record(&mut self, mistake: Mistake) -> Recorded {
        self.mistakes.push(mistake);
        Recorded {
            _only_record_makes_it: (),
        }
    }

    /// What was read, if nothing at all was wrong.
    pub(super) fn finish<T>(self, read: Result<T, Recorded>) -> Result<T, Mistakes> {
        match read {
            Ok(value) if self.mistakes.is_empty() => Ok(value),
            Ok(_) | Err(_) => Err(Mistakes::new(self.mistakes)),
        }
    }

    fn parsed<T>(
        &mut self,
        setting: &Setting,
        text: &SecretString,
        parse: impl FnOnce(&str) -> Result<T, Expected>,
    ) -> Result<T, Recorded> {
        let text = text.expose_secret();
        parse(text).map_err(|expected| self.record(Mistake::unfit(setting, text, expected)))
    }

    fn text(&mut self, setting: &Setting) -> Result<Option<SecretString>, Recorded> {
        let from_file = if setting.is_secret {
            self.given.get(&file_form(setting))
        } else {
            None
        };
        let text = match (self.given.get(setting.name), from_file) {
            (None, None) => return Ok(None),
            (Some(value), None) => unicode(setting, value),
            (None, Some(path)) => self.secret_in(setting, Path::new(path)),
            (Some(_), Some(_)) => {
                let expected = format!("either it or {}, not both", file_form(setting));
                Err(Mistake::of(setting.name, expected))
            }
        };
        text.map(Some).map_err(|mistake| self.record(mistake))
    }

    fn secret_in(&self, setting: &Setting, path: &Path) -> Result<SecretString, Mistake> {
        let shown = path.display();
        let mistake = |expected: String| Mistake::of(file_form(setting), expected);
        let text = (self.source.read_file)(&self.source.working_dir.join(path))
            .map_err(|error| mistake(format!("a file that can be read; {shown}: {error}")))?;
        // Editors and `echo` end a file with a line break that is not part of the secret.
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(mistake(format!("a file that is not empty; {shown} is"))),
            text => Ok(SecretString::from(text)),
        }
    }
}

fn file_form(setting: &Setting) -> String {
    format!("{}_FILE", setting.name)
}

fn unicode(setting: &Setting, value: &OsStr) -> Result<SecretString, Mistake> {
    let text = value
        .to_str()
        .ok_or_else(|| Mistake::of(setting.name, "text in UTF-8"))?;
    // Spaces around a plain value never mean anything; around a secret they are for its parser.
    Ok(SecretString::from(if setting.is_secret {
        text
    } else {
        text.trim()
    }))
}
