/**
 * A small text of everyday facts and sentences in English and Chinese, written for this project: what a tuned model
 * should still read as easily as before.
 */
export const generalText: readonly string[] = [
  'Water boils when it is heated long enough. The steam rises, cools on the window and runs down the glass in thin lines. In winter the same drops freeze overnight and draw white patterns along the frame.',
  'My brother works in a small library. He opens the doors at nine, puts the returned books back on the shelves and helps visitors who cannot find what they are looking for. Most of them ask for the same five novels.',
  'To make bread you need flour, water, salt and a little yeast. Mix them, wait until the dough has doubled, fold it, wait again, and bake it until the crust is dark. It should sound hollow when you knock on it.',
  'The train to the coast was late because a tree had fallen on the line. Nobody seemed to mind. A woman shared her oranges, two children played cards, and an old man told us how the harbour looked before the bridge was built.',
  'A square has four equal sides. If each side is three metres long, its area is nine square metres and walking around it takes twelve metres. Doubling the side makes the area four times as large.',
  'Most birds that leave in autumn come back in spring to the place where they were hatched. They find their way by the sun, by the stars and by landmarks such as rivers and mountains, and they rest where there is food.',
  '水烧开以后会变成蒸汽。蒸汽遇到冷的玻璃，又变成小水滴，慢慢地流下来。冬天的夜里，这些水滴会结成冰，在窗户上留下白色的花纹。',
  '我的姐姐在一家小医院工作。她每天早上七点出门，晚上六点回家。虽然很忙，但是她喜欢和病人聊天，也喜欢听他们讲以前的故事。',
  '做面条先要和面，加一点盐和水，揉到光滑为止，再放半个小时。然后擀成薄片，切成细条，放进开水里煮几分钟，最后加上葱和热汤。',
  '正方形有四条一样长的边。如果每条边长三米，它的面积是九平方米，周长是十二米。边长变成两倍，面积就变成四倍。',
  '昨天下午下了一场大雨，路上的人都跑到树下和商店门口躲雨。雨停以后，天边出现了一道彩虹，孩子们高兴地指给大人看。',
  '许多鸟秋天飞到南方，春天又飞回来。它们靠太阳、星星和山河认路，途中在有食物的湖边休息几天，再继续向前飞。',
];
