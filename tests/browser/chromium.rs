//! A headless Chromium, driven as a person drives it: by what stands on buttons and links.

use crate::base::canary::finds::search_for_the_canary;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Map, Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use url::{ParseError, Url};

/// How long something may take to appear.
const APPEARS_WITHIN: Duration = Duration::from_secs(60);
/// What to do where they are missing.
const MISSING: &str =
    "chromium and chromedriver are needed: apt-get install chromium chromium-driver";

/// Set: a machine without a browser fails the tests.
const DEMANDED: &str = "BROWSER_TESTS_DEMANDED";

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// A desktop by day.
    Light,
    /// A desktop by night.
    Dark,
    /// A telephone, 360 pixels wide.
    Narrow,
}

/// A browser with one window.
pub struct Chromium {
    client: Client,
    test: &'static str,
    shots: std::cell::Cell<u32>,
    driver: Driver,
    _profile: TempDir,
}

/// The process between the test and the browser; it ends with the test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        // With the browser: a test that fails closes nothing.
        let group = Pid::from_raw(self.0.id().try_into().unwrap());
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.0.wait();
    }
}

impl Chromium {
    /// Opens one. The test's name begins the names of its screenshots. None where the machine has
    /// no browser: a plain `cargo test` asks for nothing that is not there, and says what it left
    /// out; `.ci/run` installs one and demands it.
    pub async fn open(test: &'static str) -> Option<Self> {
        if !is_installed() {
            assert!(std::env::var_os(DEMANDED).is_none(), "{MISSING}");
            eprintln!("{test}: not tried in a browser; {MISSING}");
            return None;
        }
        Some(Self::open_installed(test).await)
    }

    async fn open_installed(test: &'static str) -> Self {
        forget_shots(test);
        let (driver, port) = start_driver();
        let profile = tempfile::tempdir().unwrap();
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
        ];
        let mut args: Vec<String> = args.iter().map(ToString::to_string).collect();
        args.push(format!("--user-data-dir={}", profile.path().display()));
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), json!({ "args": args }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("{MISSING} ({error})"));
        let browser = Self {
            client,
            test,
            shots: std::cell::Cell::new(0),
            driver,
            _profile: profile,
        };
        browser.look(Look::Light).await;
        browser
    }

    /// Closes it.
    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
        drop(self.driver);
    }

    /// Types an address.
    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Where it is.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Clicks the button, link or fold with this text, and waits for nothing.
    pub async fn click(&self, text: &str) {
        let by_text = format!(
            "//*[(self::a or self::button or self::summary) and normalize-space()=\"{text}\"]"
        );
        self.click_on(&by_text).await;
    }

    /// Types into the field with this label.
    pub async fn fill(&self, label: &str, text: &str) {
        let xpath = format!("//*[@id=//label[normalize-space()=\"{label}\"]/@for]");
        let type_in = async |field: Element| {
            field.clear().await?;
            field.send_keys(text).await
        };
        self.with_element(&xpath, type_in).await;
    }

    /// Chooses from the list with this label, by the beginning of the choice's text.
    pub async fn choose(&self, label: &str, choice: &str) {
        self.click_on(&option(label, choice)).await;
    }

    /// True if the list with this label offers this choice now.
    pub async fn offers(&self, label: &str, choice: &str) -> bool {
        let xpath = option(label, choice);
        let found = self.client.find_all(Locator::XPath(&xpath)).await.unwrap();
        !found.is_empty()
    }

    /// Loads a page again until it is so.
    pub async fn reload_until(&self, url: &str, is_so: impl AsyncFn(&Self) -> bool) {
        let began = Instant::now();
        loop {
            self.go(url).await;
            if is_so(self).await {
                return;
            }
            assert!(began.elapsed() < APPEARS_WITHIN, "never so at {url}");
        }
    }

    /// Ticks the box, or picks the choice, with this text.
    pub async fn tick(&self, text: &str) {
        let xpath = format!("//label[contains(normalize-space(), \"{text}\")]//input");
        self.click_on(&xpath).await;
    }

    /// Waits until the field of this name has the focus.
    pub async fn focuses(&self, name: &str) {
        let began = Instant::now();
        while self.focused().await != name {
            assert!(began.elapsed() < APPEARS_WITHIN, "{name} has no focus");
        }
    }

    /// Presses keys where the focus is.
    pub async fn press(&self, keys: &str) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(keys).await.unwrap();
    }

    /// The text of what has the focus.
    pub async fn focused(&self) -> String {
        let script = "const e = document.activeElement; return e.innerText || e.name || e.id;";
        let text = self.client.execute(script, Vec::new()).await.unwrap();
        text.as_str().unwrap_or_default().trim().to_owned()
    }

    /// Waits until the page shows these words.
    pub async fn sees(&self, words: &str) {
        let xpath = format!("//body//*[contains(normalize-space(), \"{words}\")]");
        self.element(&xpath).await;
    }

    /// True if the page shows these words now.
    pub async fn shows(&self, words: &str) -> bool {
        let body = self.client.find(Locator::Css("body")).await.unwrap();
        body.text().await.unwrap().contains(words)
    }

    /// Waits until the page says so of something done, where a screen reader hears it.
    pub async fn hears(&self, words: &str) {
        let xpath = format!(
            "//*[@role='status' and @aria-live='polite']/p[starts-with(normalize-space(), \"{words}\")]"
        );
        self.element(&xpath).await;
    }

    /// Looks at pages in another way.
    pub async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let (width, height, is_mobile) = match look {
            Look::Light | Look::Dark => (1_200, 900, false),
            Look::Narrow => (360, 800, true),
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile,
        });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Keeps a picture of the whole page, and looks whether all of it fits into the width and none
    /// of it is a secret.
    pub async fn shoot(&self, name: &str) {
        let script = "return [document.documentElement.scrollWidth, window.innerWidth];";
        let widths = self.client.execute(script, Vec::new()).await.unwrap();
        assert!(
            widths[0].as_i64() <= widths[1].as_i64(),
            "{name} is wider than the window: {widths}"
        );
        let source = self.client.source().await.unwrap();
        search_for_the_canary(&source, name);
        let whole = json!({ "captureBeyondViewport": true });
        let shot = self.cdp("Page.captureScreenshot", whole).await;
        let png = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        let number = self.shots.get() + 1;
        self.shots.set(number);
        let file = format!("{}-{number:02}-{name}.png", self.test);
        std::fs::write(shots_dir().join(file), png).unwrap();
    }

    /// The same in every way of looking.
    pub async fn shoot_all(&self, name: &str) {
        for (look, suffix) in [
            (Look::Dark, "dark"),
            (Look::Narrow, "narrow"),
            (Look::Light, "light"),
        ] {
            self.look(look).await;
            self.shoot(&format!("{name}-{suffix}")).await;
        }
    }

    /// What a script answers.
    pub async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    async fn click_on(&self, xpath: &str) {
        self.with_element(xpath, async |element: Element| element.click().await)
            .await;
    }

    /// Does something with an element, and with its successor where a live page has replaced it
    /// since it was found.
    async fn with_element(&self, xpath: &str, act: impl AsyncFn(Element) -> Result<(), CmdError>) {
        let began = Instant::now();
        loop {
            match act(self.element(xpath).await).await {
                Ok(()) => return,
                Err(error)
                    if error.is_stale_element_reference() && began.elapsed() < APPEARS_WITHIN => {}
                Err(error) => panic!("{xpath}: {error}"),
            }
        }
    }

    async fn element(&self, xpath: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(APPEARS_WITHIN)
            .for_element(Locator::XPath(xpath))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => {
                self.shoot("failed").await;
                let url = self.client.current_url().await.unwrap();
                panic!("{xpath} did not appear at {url}: {error}")
            }
        }
    }

    async fn cdp(&self, cmd: &'static str, params: Value) -> Value {
        self.client.issue_cmd(Cdp { cmd, params }).await.unwrap()
    }
}

/// A choice of the list with this label, by the beginning of its text.
fn option(label: &str, choice: &str) -> String {
    format!(
        "//select[@id=//label[normalize-space()=\"{label}\"]/@for]\
         /option[starts-with(normalize-space(), \"{choice}\")]"
    )
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct Cdp {
    cmd: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for Cdp {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.cmd, "params": self.params });
        (Method::POST, Some(body.to_string()))
    }
}

fn shots_dir() -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/browser");
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Pictures of an earlier run would be taken for this one's.
fn forget_shots(test: &str) {
    for entry in std::fs::read_dir(shots_dir()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{test}-")) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

fn is_installed() -> bool {
    let version = Command::new("chromedriver")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}

fn start_driver() -> (Driver, u16) {
    let spawned = Command::new("chromedriver")
        .arg("--port=0")
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{MISSING} ({error})"));
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let driver = Driver(child);
    for line in lines.map_while(Result::ok) {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return (driver, port.trim_end_matches('.').parse().unwrap());
        }
    }
    panic!("chromedriver ended without a word; {MISSING}")
}
