// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.portcullis.samples.http.Resource;
import io.portcullis.samples.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/** The files of the dashboard, served as they are in the jar: no build step and no external resources. */
final class Assets {
    private static final String HTML = "text/html; charset=utf-8";
    private static final String CSS = "text/css; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";

    /**
     * Allows scripts, styles and connections from the server itself only (Content Security Policy, level 3), and no
     * framing.
     */
    private static final String FIELDS = "Cache-Control: no-cache\r\n"
            + "X-Content-Type-Options: nosniff\r\n"
            + "Referrer-Policy: no-referrer\r\n"
            + "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n";

    private Assets() {}

    /**
     * Reads the files.
     *
     * @param path the path of the page; its assets are below it
     * @return each file under its path
     */
    static Map<String, Resource> below(String path) {
        Map<String, Resource> files = new HashMap<>();
        files.put(path, file("dashboard.html", HTML));
        files.put(path + "/dashboard.css", file("dashboard.css", CSS));
        files.put(path + "/dashboard.js", file("dashboard.js", SCRIPT));
        files.put(path + "/theme.js", file("theme.js", SCRIPT));
        files.put(path + "/uplot.css", file("uplot.css", CSS));
        files.put(path + "/uplot.js", file("uplot.js", SCRIPT));
        return Map.copyOf(files);
    }

    private static Resource file(String name, String type) {
        try (InputStream in = Assets.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar; rebuild it");
            }
            return new Resource.Document(Status.OK, type, FIELDS, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
