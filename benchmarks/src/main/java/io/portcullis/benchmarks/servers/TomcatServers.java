// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http11.Http11Nio2Protocol;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.apache.tomcat.util.net.jsse.JSSEImplementation;

/** Tomcat with its NIO2 connector: the other server over the JDK's completion-based sockets, and a full HTTP stack. */
final class TomcatServers {
    /** A blocking write waits for another thread to complete it, so one thread would not suffice. */
    private static final int THREADS = 4;

    private static final Logger LOGGER = Logger.getLogger("org.apache");

    private TomcatServers() {}

    static List<JvmContestant> contestants() {
        return List.of(contestant("plain", false, ""), contestant("jdk", true, ", " + Versions.jdkEngine()));
    }

    private static JvmContestant contestant(String engine, boolean secure, String with) {
        Supplier<String> about = () -> "Tomcat " + Versions.of("tomcat") + " NIO2" + with;
        return new JvmContestant("tomcat-nio2-" + engine, secure, about, options -> start(options, secure));
    }

    private static RunningServer start(ServeOptions options, boolean secure) throws LifecycleException {
        LOGGER.setLevel(Level.SEVERE);
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(options.directory().toString());
        Connector connector = connector(options);
        if (secure) {
            secure(connector, options);
        }
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", null);
        Tomcat.addServlet(context, "responses", new ResponseServlet());
        context.addServletMapping("/", "responses");
        tomcat.start();
        if (connector.getLocalPort() < 0) {
            tomcat.destroy();
            throw new IllegalStateException("Tomcat cannot listen on port " + options.port());
        }
        return new Running(tomcat, connector);
    }

    private static Connector connector(ServeOptions options) {
        Http11Nio2Protocol protocol = new Http11Nio2Protocol();
        protocol.setMaxThreads(THREADS);
        protocol.setMinSpareThreads(THREADS);
        protocol.setAcceptCount(ServeOptions.BACKLOG);
        protocol.setMaxConnections(-1);
        protocol.setMaxKeepAliveRequests(-1);
        protocol.setKeepAliveTimeout(-1);
        Connector connector = new Connector(protocol);
        connector.setPort(options.port());
        connector.setProperty("address", ServeOptions.HOST);
        return connector;
    }

    private static void secure(Connector connector, ServeOptions options) {
        SSLHostConfig host = new SSLHostConfig();
        host.setProtocols(String.join("+", TlsSettings.PROTOCOLS));
        host.setCipherSuites(String.join(":", TlsSettings.TLS_1_3_SUITES));
        host.setCiphers(String.join(",", TlsSettings.TLS_1_2_SUITES));
        host.setHonorCipherOrder(true);
        SSLHostConfigCertificate certificate =
                new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
        certificate.setCertificateFile(options.certificate().toAbsolutePath().toString());
        certificate.setCertificateKeyFile(options.key().toAbsolutePath().toString());
        host.addCertificate(certificate);
        connector.setSecure(true);
        connector.setScheme("https");
        connector.setProperty("SSLEnabled", "true");
        connector.setProperty("sslImplementationName", JSSEImplementation.class.getName());
        connector.addSslHostConfig(host);
    }

    private record Running(Tomcat tomcat, Connector connector) implements RunningServer {
        @Override
        public int port() {
            return connector.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            try {
                tomcat.stop();
                tomcat.destroy();
            } catch (LifecycleException e) {
                throw new IOException(e);
            }
        }
    }

    /** Responds to every path. */
    private static final class ResponseServlet extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            CannedResponse page = switch (request.getRequestURI()) {
                case "/" -> CannedResponse.SMALL;
                case "/1m" -> CannedResponse.LARGE;
                default -> CannedResponse.UNKNOWN;
            };
            if (page == CannedResponse.UNKNOWN) {
                response.setStatus(HttpServletResponse.SC_NOT_FOUND);
            }
            response.setContentType("text/plain");
            response.setContentLength(page.body().length);
            response.getOutputStream().write(page.body());
        }
    }
}
