// SPDX-License-Identifier: Apache-2.0
/** The programs of the guide's page for users of Netty, and their test. */
@NullMarked
package io.portcullis.benchmarks.guide;

import org.jspecify.annotations.NullMarked;
