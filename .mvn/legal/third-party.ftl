<#-- Written by license-maven-plugin into META-INF/THIRD-PARTY.txt of each jar. -->
Third-party software that this artifact depends on at run time, with its licenses.

Jars that are published contain none of it. Executable jars, with all dependencies inside, contain what is listed, and the
license texts and notices that came with it are below META-INF/third-party.

<#list dependencyMap as entry>
<#assign project = entry.getKey()/>
${project.groupId}:${project.artifactId}:${project.version}
    ${project.name}
    <#if project.url??>${project.url}<#else>no address</#if>
<#list entry.getValue() as license>
    License: ${license}
</#list>
<#if project.artifactId == "netty-common">
    Contains org.jctools:jctools-core and org.jctools:jctools-core-jdk11 (JCTools, https://github.com/JCTools/JCTools)
    License: Apache-2.0
<#elseif project.artifactId == "prometheus-metrics-exposition-formats">
    Contains com.google.protobuf:protobuf-java (Protocol Buffers, https://protobuf.dev)
    License: BSD-3-Clause
</#if>
</#list>
