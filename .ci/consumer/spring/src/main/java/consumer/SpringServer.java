// SPDX-License-Identifier: Apache-2.0
package consumer;

import io.micrometer.core.instrument.MeterRegistry;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.metrics.DispatcherMetrics;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** A Spring Boot application whose server is one of Portcullis: Spring starts, drains and measures it. */
@SpringBootApplication(proxyBeanMethods = false)
public class SpringServer {
    /**
     * Serves until the process is stopped.
     *
     * @param arguments the directory to write the certificate to
     */
    public static void main(String... arguments) {
        SpringApplication.run(SpringServer.class, "--certificate.directory=" + arguments[0]);
    }

    @Bean
    Dispatcher dispatcher() throws IOException {
        return Dispatcher.create(); // Spring closes it, after the server that depends on it
    }

    @Bean
    DispatcherMetrics dispatcherMetrics(Dispatcher dispatcher) {
        return new DispatcherMetrics(dispatcher); // Spring Boot binds it to the registry, as any MeterBinder
    }

    @Bean
    ConnectionMetrics connectionMetrics() {
        return new ConnectionMetrics();
    }

    @Bean
    ServerLifecycle server(
            Dispatcher dispatcher,
            ConnectionMetrics metrics,
            MeterRegistry meters,
            @Value("${certificate.directory}") String directory) {
        return new ServerLifecycle(dispatcher, metrics, () -> new Hello(meters), Path.of(directory));
    }
}
