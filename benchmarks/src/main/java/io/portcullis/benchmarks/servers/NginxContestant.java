// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * nginx, if installed: one process, which is both master and worker, so that it can be measured and stopped as one.
 *
 * @param secure whether it speaks TLS
 */
record NginxContestant(boolean secure) implements Contestant {
    private static final String PROGRAM = "nginx";

    static List<NginxContestant> contestants() {
        return List.of(new NginxContestant(false), new NginxContestant(true));
    }

    @Override
    public String name() {
        return secure ? "nginx-tls" : "nginx-plain";
    }

    @Override
    public boolean jvm() {
        return false;
    }

    @Override
    public String description() {
        String version = program().map(NginxContestant::version).orElse("");
        return (PROGRAM + " " + version).strip() + (secure ? ", OpenSSL" : "");
    }

    @Override
    public Optional<String> missing() {
        return program().isPresent() ? Optional.empty() : Optional.of("there is no " + PROGRAM + " on the PATH");
    }

    @Override
    public List<String> command(Launch launch) {
        Path directory = launch.directory().toAbsolutePath();
        Path configuration = directory.resolve("nginx.conf");
        try {
            Files.createDirectories(directory.resolve("files"));
            Files.write(directory.resolve("files").resolve("1m"), CannedResponse.LARGE.body());
            Files.writeString(configuration, configuration(launch));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String nginx = program().orElseThrow().toString();
        return List.of(nginx, "-e", "stderr", "-p", directory + "/", "-c", configuration.toString());
    }

    private String configuration(Launch launch) {
        return """
            daemon off;
            master_process off;
            worker_processes 1;
            pid nginx.pid;
            error_log stderr error;
            events { worker_connections 65535; }
            http {
              access_log off;
              default_type text/plain;
              client_body_temp_path temporary;
              proxy_temp_path temporary;
              fastcgi_temp_path temporary;
              uwsgi_temp_path temporary;
              scgi_temp_path temporary;
              sendfile on;
              tcp_nopush on;
              tcp_nodelay on;
              keepalive_timeout 1h;
              keepalive_requests 1000000000;
            %s
              server {
                listen %s:%d%s backlog=%d;
                location = / { return 200 "%s"; }
                location = /1m { root files; }
                location / { return 404; }
              }
            }
            """.formatted(
                        secure ? tls(launch) : "",
                        ServeOptions.HOST,
                        launch.port(),
                        secure ? " ssl" : "",
                        ServeOptions.BACKLOG,
                        new String(CannedResponse.SMALL.body(), US_ASCII));
    }

    private static String tls(Launch launch) {
        return """
              ssl_certificate "%s";
              ssl_certificate_key "%s";
              ssl_protocols TLSv1.2 TLSv1.3;
              ssl_ciphers ECDHE+AESGCM+AES128:ECDHE+AESGCM;
              ssl_conf_command Ciphersuites %s;
              ssl_ecdh_curve X25519:prime256v1;
              ssl_prefer_server_ciphers on;
              ssl_session_cache shared:SSL:64m;
              ssl_session_timeout 1h;
              ssl_session_tickets on;
            """.formatted(
                        launch.certificate().toAbsolutePath(),
                        launch.key().toAbsolutePath(),
                        String.join(":", TlsSettings.TLS_1_3_SUITES));
    }

    private static Optional<Path> program() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + File.pathSeparator + "/usr/sbin";
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, PROGRAM))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Returns the version that nginx prints, such as {@code nginx version: nginx/1.22.1}. */
    private static String version(Path nginx) {
        try {
            Process process = new ProcessBuilder(nginx.toString(), "-v")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
            return output.substring(output.indexOf('/') + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
