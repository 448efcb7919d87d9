// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Renewal;
import io.portcullis.tls.TlsProfile;
import java.util.Optional;

/**
 * What has come of one look into the files of a profile.
 *
 * @param profile whose files they are
 * @param renewal what has changed; {@link Renewal#UNCHANGED} also if it failed
 * @param failure why the files cannot be taken; what was good before goes on. Empty if there is nothing wrong with them
 */
public record CertificateReload(TlsProfile profile, Renewal renewal, Optional<IllegalArgumentException> failure) {}
