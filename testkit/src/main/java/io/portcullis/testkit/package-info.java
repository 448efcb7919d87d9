// SPDX-License-Identifier: Apache-2.0
/**
 * Certificates for development and tests: {@link io.portcullis.testkit.SelfSignedCertificate}. <strong>Not for
 * production.</strong>
 *
 * <p>This package depends on {@code io.portcullis.tls} and Bouncy Castle.
 */
@NullMarked
package io.portcullis.testkit;

import org.jspecify.annotations.NullMarked;
