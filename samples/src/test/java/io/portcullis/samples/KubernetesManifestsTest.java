// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The Kubernetes manifests, checked against the schema given by the model of its official client. */
final class KubernetesManifestsTest {
    private static final Path MANIFESTS = Path.of("..", "docker", "kubernetes", "portcullis.yaml");

    @Test
    void theManifestsFitTheSchema() throws IOException {
        assertEquals(List.of("Deployment", "Service", "PodDisruptionBudget"), check(Files.readString(MANIFESTS)));
    }

    @ParameterizedTest
    @CsvSource({
        "readinessProbe:, readynessProbe:",
        "periodSeconds: 2, periodSecs: 2",
        "httpGet:, httpget:",
        "secretName:, secret-name:",
        "image: portcullis-server, image: [portcullis-server]",
        "targetPort:, targetport:",
        "minAvailable:, minimumAvailable:",
    })
    void aMistakeIsFound(String right, String wrong) throws IOException {
        String text = Files.readString(MANIFESTS);
        assertTrue(text.contains(right), right);
        assertThrows(RuntimeException.class, () -> check(text.replace(right, wrong)));
    }

    @Test
    void theGracePeriodCoversTheNoticeAndTheDrain() throws IOException {
        String text = Files.readString(MANIFESTS);
        int grace = number(text, "terminationGracePeriodSeconds: ");
        assertTrue(grace > number(text, "--notice=") + number(text, "--drain="), "the grace period is too short");
    }

    private static int number(String text, String before) {
        String rest = text.substring(text.lastIndexOf(before) + before.length());
        return Integer.parseInt(rest.split("\\D", 2)[0]);
    }

    /** Returns the kinds; fails at a field that is not in the schema, is missing, or has the wrong type. */
    private static List<String> check(String text) throws IOException {
        Gson gson = new Gson();
        List<String> kinds = new ArrayList<>();
        for (Object document : new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(text)) {
            JsonObject manifest = gson.toJsonTree(document).getAsJsonObject();
            String kind = manifest.get("kind").getAsString();
            switch (kind) {
                case "Deployment" -> V1Deployment.validateJsonElement(manifest);
                case "Service" -> V1Service.validateJsonElement(manifest);
                case "PodDisruptionBudget" -> V1PodDisruptionBudget.validateJsonElement(manifest);
                default -> throw new AssertionError("this test has no schema for " + kind);
            }
            kinds.add(kind);
        }
        return kinds;
    }
}
