// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignText;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the names in a certificate, and describes the certificate in messages. */
public final class CertificateFacts {
    private static final int SAN_DNS = 2;
    // RFC 2253 escapes a comma in a value with a backslash
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|(?<!\\\\)[,+])CN=([^,+\\\\\"]+)");

    private CertificateFacts() {}

    /** Describes a certificate by its subject and its expiry date. */
    static String describe(X509Certificate certificate) {
        return subject(certificate) + ", valid until " + date(certificate.getNotAfter());
    }

    /** Returns the subject, or the DNS names if the subject is empty. */
    public static String subject(X509Certificate certificate) {
        String subject = certificate.getSubjectX500Principal().getName();
        return ForeignText.of(subject.isEmpty() ? String.join(", ", names(certificate)) : subject);
    }

    static LocalDate date(Date date) {
        return date.toInstant().atZone(ZoneOffset.UTC).toLocalDate();
    }

    /**
     * Returns the DNS names of a certificate: its subjectAltName, or its common name if it has no alternative names.
     */
    public static Set<String> names(X509Certificate certificate) {
        Set<String> names = new TreeSet<>();
        Collection<List<?>> alternatives = alternatives(certificate);
        for (List<?> alternative : alternatives) {
            if (Objects.equals(alternative.get(0), SAN_DNS)) {
                names.add(NameTable.normalize((String) alternative.get(1)));
            }
        }
        if (alternatives.isEmpty()) {
            commonName(certificate).map(NameTable::normalize).ifPresent(names::add);
        }
        return names;
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            return alternatives == null ? List.of() : alternatives;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        Matcher matcher =
                COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
