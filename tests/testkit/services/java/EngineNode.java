import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Runs one Elasticsearch node in the home folder given as the only argument, which holds config/ and plugins/.
 * The node closes in order on SIGTERM.
 */
public final class EngineNode {
    private EngineNode() {}

    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        Environment environment = environment(Path.of(arguments[0]).toAbsolutePath());
        LogConfigurator.configure(environment, true);
        Node node = new Node(environment, plugins(environment));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node), "close"));
        node.start();
        new CountDownLatch(1).await();
    }

    private static Environment environment(Path home) {
        Settings settings = Settings.builder().put("path.home", home.toString()).build();
        return InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "node");
    }

    private static PluginsLoader plugins(Environment environment) {
        var bundles = PluginsLoader.loadPluginsBundles(environment.pluginsDir(), false);
        return PluginsLoader.createPluginsLoader(Set.of(), bundles, Map.of(), false);
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (Exception problem) {
            System.err.println("the node did not close in order: " + problem);
        }
    }
}
