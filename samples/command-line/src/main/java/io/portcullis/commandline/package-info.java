// SPDX-License-Identifier: Apache-2.0
/**
 * The command line of the programs outside the framework. It consists of
 * {@link io.portcullis.commandline.CarefulCommandLine} only.
 */
@NullMarked
package io.portcullis.commandline;

import org.jspecify.annotations.NullMarked;
