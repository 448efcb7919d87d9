// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Marks a test in which an engine differs, with the reason: these annotations are the list of differences. */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Repeatable(NotOn.All.class)
@ExtendWith(NotOn.Condition.class)
public @interface NotOn {
    /** The names of {@link TestEngine}. */
    String[] value();

    /** The difference. */
    String because();

    /** Several of them. */
    @Target({ElementType.METHOD, ElementType.TYPE})
    @Retention(RetentionPolicy.RUNTIME)
    @ExtendWith(NotOn.Condition.class)
    @interface All {
        NotOn[] value();
    }

    /** Skips the test, with the reason. */
    final class Condition implements ExecutionCondition {
        /** For JUnit. */
        public Condition() {}

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return context.getElement()
                    .flatMap(element -> AnnotationSupport.findRepeatableAnnotations(element, NotOn.class).stream()
                            .filter(difference ->
                                    Arrays.asList(difference.value()).contains(TestEngine.NAME))
                            .findFirst())
                    .map(difference ->
                            ConditionEvaluationResult.disabled(TestEngine.NAME + " differs: " + difference.because()))
                    .orElseGet(() -> ConditionEvaluationResult.enabled("the same on every engine"));
        }
    }
}
