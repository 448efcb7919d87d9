// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds, in the output of {@code javap -c}, the methods that may wait: for a lock, another thread, or time to pass. */
final class BlockingCalls {
    private static final Pattern CLASS =
            Pattern.compile("^(?:[\\w]+ )*(?:class|interface|enum) (io\\.portcullis\\.[\\w.$]+).*\\{$");
    private static final Pattern METHOD = Pattern.compile("^  \\S.*?([\\w$]+)\\(.*\\).*;$");
    private static final Pattern BLOCKING = Pattern.compile("monitorenter"
            + "|java/lang/Thread\\.(sleep|join)"
            + "|java/lang/Object\\.wait"
            + "|java/lang/Process\\.waitFor"
            + "|java/util/concurrent/locks/"
            + "|java/util/concurrent/(CountDownLatch|CyclicBarrier|Semaphore|Phaser|Exchanger)"
            + "|java/util/concurrent/(Future|CompletableFuture|FutureTask|ForkJoinTask|ScheduledFuture)\\.(get|join|invoke)\\b"
            + "|\\.(awaitTermination|awaitQuiescence|invokeAll|invokeAny):"
            + "|BlockingQueue\\.(put|take):"
            + "|java/net/(Socket|ServerSocket)\\.");

    private BlockingCalls() {}

    /** As Class.method, for the classes whose names match. */
    static Set<String> in(String code, Pattern classes) {
        Set<String> found = new TreeSet<>();
        String type = "";
        String method = "";
        for (String line : code.lines().toList()) {
            Matcher matcher = CLASS.matcher(line);
            if (matcher.matches()) {
                type = matcher.group(1);
            }
            matcher = METHOD.matcher(line);
            if (matcher.matches()) {
                method = matcher.group(1);
                if (line.contains(" synchronized ")) {
                    found.add(name(type, method));
                }
            } else if (BLOCKING.matcher(line).find() && classes.matcher(type).find()) {
                found.add(name(type, method));
            }
        }
        return found;
    }

    private static String name(String type, String method) {
        return type.substring(type.lastIndexOf('.') + 1) + "." + method;
    }
}
