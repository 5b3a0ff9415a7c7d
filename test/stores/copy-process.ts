import { digestFolder } from '../../trainer-image/src/artifacts/digest.ts';
import { fetchFolder } from '../../trainer-image/src/artifacts/fetch-folder.ts';
import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';

// One copy in a process of its own, so that a test can kill it: publish URI ROOT FOLDER, or fetch URI ROOT.
const [verb, uri = '', root = '', folder = ''] = process.argv.slice(2);
const stores = storesAt(root, process.env);
if (verb === 'publish') await publishFolder({ uri }, stores, folder);
else await digestFolder(await fetchFolder({ uri }, stores));
