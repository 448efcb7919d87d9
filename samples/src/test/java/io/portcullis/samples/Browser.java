// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.regex.Pattern;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** Chromium without a window, which takes any certificate. */
final class Browser implements AutoCloseable {
    private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

    private static final int ATTEMPTS = 10;

    private final ChromeDriver driver;

    /** Starts it; skips the test where there is none. */
    Browser() {
        Command.assumeInstalled("chromium");
        Command.assumeInstalled("chromedriver");
        ChromeOptions options = new ChromeOptions();
        options.setBinary(installed("chromium"));
        options.setAcceptInsecureCerts(true);
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--no-first-run");
        LoggingPreferences log = new LoggingPreferences();
        log.enable(LogType.BROWSER, Level.ALL);
        options.setCapability("goog:loggingPrefs", log);
        driver = new ChromeDriver(
                new ChromeDriverService.Builder()
                        .usingDriverExecutable(installed("chromedriver"))
                        .build(),
                options);
    }

    private static File installed(String program) {
        return Pattern.compile(File.pathSeparator)
                .splitAsStream(System.getenv("PATH"))
                .map(directory -> new File(directory, program))
                .filter(File::canExecute)
                .findFirst()
                .orElseThrow();
    }

    /**
     * Loads a page; again, if a network of containers has come or gone meanwhile, for which the browser drops what it
     * loads.
     */
    void open(String url) {
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            if (isLoaded(url)) {
                return;
            }
        }
        driver.get(url);
    }

    /** Loads a page; false if the page, or a part of it like its style, was dropped because of a network. */
    private boolean isLoaded(String url) {
        // What the page before it complains about, whose server may have ended, is none of this one's
        driver.get("about:blank");
        var unused = messages();
        try {
            driver.get(url);
        } catch (WebDriverException failed) {
            if (isOfTheMachine(String.valueOf(failed.getMessage()))) {
                return false;
            }
            throw failed;
        }
        // An error page that the browser will replace by itself is not told as a failure
        return !evaluate(String.class, "return document.URL").startsWith("chrome-error:")
                && messages().stream().noneMatch(Browser::isOfTheMachine);
    }

    private static boolean isOfTheMachine(String message) {
        return message.contains("ERR_NETWORK_CHANGED");
    }

    void resize(int width, int height) {
        driver.manage().window().setSize(new Dimension(width, height));
    }

    WebElement find(String selector) {
        return driver.findElement(By.cssSelector(selector));
    }

    /** The texts of all elements that match, as they are shown. */
    List<String> texts(String selector) {
        return evaluate(
                List.class, "return Array.from(document.querySelectorAll(arguments[0]), it => it.innerText)", selector);
    }

    /** What a script returns. */
    @SuppressWarnings("unchecked")
    <T> T evaluate(Class<? super T> type, String script, Object... arguments) {
        return (T) type.cast(Objects.requireNonNull(driver.executeScript(script, arguments), script));
    }

    /** Waits for something that the page will show. */
    void await(String what, Supplier<Boolean> condition) {
        long begin = System.nanoTime();
        while (!condition.get()) {
            if (System.nanoTime() - begin > PATIENCE) {
                throw new AssertionError(
                        "waited in vain for " + what + " in\n" + find("body").getText() + "\n" + complaints());
            }
        }
    }

    /**
     * What the browser objected to since the last call: errors of scripts, and what the page's policy does not allow.
     */
    List<String> complaints() {
        return messages().stream().filter(message -> !isOfTheMachine(message)).toList();
    }

    private List<String> messages() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Keeps what is to be seen as a picture among the files of the build. */
    void screenshot(String name) throws IOException {
        Path file = Path.of("target", "screenshots", name + ".png");
        Files.createDirectories(file.getParent());
        Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
    }

    @Override
    public void close() {
        driver.quit();
    }
}
