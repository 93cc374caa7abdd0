package io.github.clickatellbalance.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A part of a test in a class loader of its own: without some jars, and with static state of its own. */
final class IsolatedApplication {
    private IsolatedApplication() {}

    /** Calls a static method with strings, in a class loader without these jars. */
    static String run(String withoutJars, Class<?> type, String method, String... arguments)
            throws ReflectiveOperationException, MalformedURLException {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        ClassLoader isolated = without(withoutJars);
        thread.setContextClassLoader(isolated);
        try {
            shareTheUrlsOfTomcat(isolated);
            Class<?>[] strings = Stream.of(arguments).map(any -> String.class).toArray(Class<?>[]::new);
            Method target = isolated.loadClass(type.getName()).getDeclaredMethod(method, strings);
            target.setAccessible(true);
            return String.valueOf(target.invoke(null, (Object[]) arguments));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private static ClassLoader without(String jars) throws MalformedURLException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Pattern pattern = Pattern.compile("(" + jars + ")-[0-9].*\\.jar");
        List<URL> urls = new ArrayList<>();
        int leftOut = 0;
        for (String entry : classPath.split(File.pathSeparator, -1)) {
            Path file = Path.of(entry);
            if (pattern.matcher(String.valueOf(file.getFileName())).matches()) {
                leftOut++;
            } else {
                urls.add(file.toUri().toURL());
            }
        }
        assertThat(leftOut == 0).as("no jar is left out").isEqualTo(jars.isEmpty());
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** Tomcat sets a factory for the whole JVM, which works once. */
    private static void shareTheUrlsOfTomcat(ClassLoader isolated) throws ReflectiveOperationException {
        try {
            isolated.loadClass("org.apache.catalina.webresources.TomcatURLStreamHandlerFactory")
                    .getMethod("disable")
                    .invoke(null);
        } catch (ClassNotFoundException e) {
            // There is no Tomcat, then.
        }
    }
}
