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

/** A headless Chromium that accepts any certificate. */
final class Browser implements AutoCloseable {
    private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

    private static final int ATTEMPTS = 10;

    private final ChromeDriver driver;

    /** Starts the browser; skips the test if it is not installed. */
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
     * Loads a page; retries if a container network has come or gone in the meantime, which makes the browser drop what
     * it is loading.
     */
    void open(String url) {
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            if (isLoaded(url)) {
                return;
            }
        }
        driver.get(url);
    }

    /** Loads a page; returns false if the page or a part of it, such as its style, was dropped because of a network. */
    private boolean isLoaded(String url) {
        // Complaints of the previous page, whose server may have stopped, do not belong to this one
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
        // An error page that the browser will replace by itself is not reported as a failure
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

    /** Returns the texts of all matching elements, as displayed. */
    List<String> texts(String selector) {
        return evaluate(
                List.class, "return Array.from(document.querySelectorAll(arguments[0]), it => it.innerText)", selector);
    }

    /** Runs a script and returns its result. */
    @SuppressWarnings("unchecked")
    <T> T evaluate(Class<? super T> type, String script, Object... arguments) {
        return (T) type.cast(Objects.requireNonNull(driver.executeScript(script, arguments), script));
    }

    /** Waits until the page shows something. */
    void await(String what, Supplier<Boolean> condition) {
        long begin = System.nanoTime();
        while (!condition.get()) {
            if (System.nanoTime() - begin > PATIENCE) {
                throw new AssertionError(
                        "timed out waiting for " + what + " in\n" + find("body").getText() + "\n" + complaints());
            }
        }
    }

    /** Returns the complaints of the browser since the last call: script errors and violations of the page's policy. */
    List<String> complaints() {
        return messages().stream().filter(message -> !isOfTheMachine(message)).toList();
    }

    private List<String> messages() {
        return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
                .filter(entry -> entry.getLevel().intValue() >= Level.WARNING.intValue())
                .map(LogEntry::getMessage)
                .toList();
    }

    /** Saves a screenshot in the build directory. */
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
