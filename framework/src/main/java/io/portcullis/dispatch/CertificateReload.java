// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Renewal;
import io.portcullis.tls.TlsProfile;
import java.util.Optional;

/**
 * The outcome of checking the files of one profile.
 *
 * @param profile the profile
 * @param renewal what has changed; {@link Renewal#UNCHANGED} also if the check failed
 * @param failure why the files cannot be loaded, in which case the previous contents stay in use; empty if they are
 *     valid
 */
public record CertificateReload(TlsProfile profile, Renewal renewal, Optional<IllegalArgumentException> failure) {}
