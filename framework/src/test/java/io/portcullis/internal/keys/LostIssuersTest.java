// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import java.util.List;
import org.junit.jupiter.api.Test;

class LostIssuersTest {
    private static final Credential WHOLE = of(TestCertificates.issued(), 2);
    private static final Credential CUT = of(TestCertificates.issued(), 1);
    private static final Credential SELF_SIGNED = of(TestCertificates.ec(), 1);
    private static final Credential OTHER = of(TestCertificates.client(), 1);

    private static Credential of(TestCertificate certificate, int length) {
        return new Credential(certificate.key(), certificate.chain().subList(0, length));
    }

    @Test
    void warnsOfAChainThatHasLostItsIssuer() {
        List<String> warnings = LostIssuers.warnings(List.of(OTHER, WHOLE), List.of(OTHER, CUT));
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains("CN=localhost"), warnings::toString);
    }

    @Test
    void doesNotReportUnchangedCertificates() {
        for (List<Credential> now :
                List.of(List.of(WHOLE), List.of(SELF_SIGNED), List.of(WHOLE, OTHER), List.<Credential>of())) {
            assertEquals(List.of(), LostIssuers.warnings(List.of(WHOLE), now));
        }
        assertEquals(List.of(), LostIssuers.warnings(List.of(CUT), List.of(CUT)));
        assertEquals(List.of(), LostIssuers.warnings(List.of(), List.of(CUT)));
    }
}
