// SPDX-License-Identifier: Apache-2.0
/** Certificates for development and tests with Portcullis. Not for production. */
module io.portcullis.testkit {
    requires transitive io.portcullis;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires static org.jspecify;

    exports io.portcullis.testkit;
}
