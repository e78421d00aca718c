// Tells junk among pieces by their text: what crawled web pages leave in a vocabulary. Patterns, not proofs: a hit is
// something to look at, and a base trained on code rightly has pieces such as `</` and `http`.

/** Kinds of junk, as findings name them. */
export type JunkKind = 'byte spelling' | 'invisible' | 'url' | 'markup' | 'boilerplate';

const BYTE_SPELLING = /<0[xX][0-9A-Fa-f]{2}>|\\x[0-9A-Fa-f]{2}|(?:%[0-9A-F]{2}){2}/;
/** Replacement character, controls but tab and line feeds, zero-width and direction marks, private use. */
const INVISIBLE =
  /[\ufffd\u0000-\u0008\u000e-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\ue000-\uf8ff]/;
const URL_PART = /https?|:\/\/|www\.|\.(?:com|cn|net|org|html?|php|aspx?|jpe?g|png|gif)(?![a-z])/i;
const MARKUP =
  /<\/|\/>|<(?:a|b|br|div|em|font|h[1-6]|i|img|li|p|span|strong|table|td|tr|ul)\b|&(?:nbsp|lt|gt|amp|quot|ldquo|rdquo|hellip|mdash|middot);?|&#x?\d|(?:href|src|class|style)=|\[\/?(?:b|url|img|quote|size|color)\b/i;
/** Phrases of navigation, copyright lines and spam. */
const BOILERPLATE = new RegExp(
  [
    '责任编辑|责编|编辑[:：]|来源[:：]|原标题|文章来源|本文来源|转载请|转载自|未经授权|未经许可|版权所有|版权归|免责声明|侵权',
    '点击(?:查看|进入|这里|下载|阅读|图片|关注|播放|浏览)|查看更多|阅读全文|阅读更多|加载更多|展开全文|收起全文|返回顶部|返回首页|上一篇|下一篇|上一页|下一页',
    '相关阅读|相关推荐|相关文章|推荐阅读|热门推荐|我要评论|发表评论|网友评论|评论区|登录后|立即注册|注册登录|扫一扫|扫码|二维码|长按识别|微信公众号|关注我们',
    '网站地图|网站首页|本站|备案|联系我们|在线客服|客服电话|友情链接|加入收藏|设为首页|广告位',
    '时时彩|六合彩|彩票平台|北京赛车|百家乐|博彩|娱乐城|赌场|现金网|老虎机|棋牌|开户|毛片|黄色视频|无码|一本道|久久热|精品视频|免费观看|在线观看|高清无',
  ].join('|'),
);

/** The kind of junk that a piece looks like, if any. Byte pieces are not asked about: they are meant to be so. */
export function junkKindOf(piece: string): JunkKind | undefined {
  if (INVISIBLE.test(piece)) return 'invisible';
  if (BYTE_SPELLING.test(piece)) return 'byte spelling';
  if (URL_PART.test(piece)) return 'url';
  if (MARKUP.test(piece)) return 'markup';
  return BOILERPLATE.test(piece) ? 'boilerplate' : undefined;
}
