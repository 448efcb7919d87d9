// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The report of the program {@code DeviceFleet}, run in a separate process. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class DeviceFleetIT {
    private static final int DEVICES = 500;

    @Test
    void fiveHundredDevicesForTenSeconds() throws Exception {
        Command fleet = run("--devices", Integer.toString(DEVICES), "--time", "10s", "--pause", "100ms");

        assertEquals(0, fleet.exit(), fleet.all());
        long sessions = figure(fleet, "sessions +(\\d+),");
        assertTrue(sessions > 0, fleet.all());
        assertTrue(figure(fleet, "exchanges +(\\d+),") >= 15 * sessions, fleet.all());
        assertEquals(0, figure(fleet, "errors +(\\d+)\\R"), fleet.all());
        assertEquals(0, figure(fleet, "left +(\\d+) connections, 0 leases\\R"), fleet.all());
        // In hundredths: the heap in use after a collection, under load, at the end compared with that at a third of
        // the
        // time.
        assertTrue(figure(fleet, "heap .*ratio (\\d+\\.\\d\\d)\\R") < 150, fleet.all());
        assertTrue(figure(fleet, "tear-down +(\\d+\\.\\d\\d) s\\R") >= 0, fleet.all());
        assertTrue(figure(fleet, "cpu +(\\d+\\.\\d)%") >= 0, fleet.all());
    }

    @Test
    void devicesWithoutTls() throws Exception {
        Command fleet = run("--devices", "20", "--time", "2s", "--pause", "10ms", "--plain");

        assertEquals(0, fleet.exit(), fleet.all());
        assertTrue(figure(fleet, "sessions +(\\d+), 0% of the handshakes resumed\\R") > 0, fleet.all());
        assertEquals(0, figure(fleet, "errors +(\\d+)\\R"), fleet.all());
    }

    @Test
    void aServerThatIsNotThereIsAnError() throws Exception {
        Command fleet = run("--devices", "2", "--time", "1s", "--host", "127.0.0.1", "--port", "1");

        assertEquals(1, fleet.exit(), fleet.all());
        assertTrue(figure(fleet, "errors +(\\d+) IO_FAILED: cannot connect to 127.0.0.1:1 ") >= 2, fleet.all());
    }

    @Test
    void moreDevicesThanTheProcessMayHaveSocketsAreRefused() throws Exception {
        Command fleet = run("--devices", "100000000");

        assertEquals(2, fleet.exit(), fleet.all());
        assertTrue(fleet.err().contains("raise it (ulimit -n)"), fleet.all());
    }

    private static Command run(String... arguments) throws Exception {
        return ClientPrograms.run("DeviceFleet", arguments);
    }

    /** Returns a figure of the report, without its decimal point. */
    private static long figure(Command fleet, String form) {
        Matcher matcher = Pattern.compile(form).matcher(fleet.out());
        assertTrue(matcher.find(), () -> form + " is not in\n" + fleet.all());
        return Long.parseLong(matcher.group(1).replace(".", ""));
    }
}
